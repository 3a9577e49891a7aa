import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NativeAddonError } from '../../../src/native/index.ts';
import { addonFiles, loadFrom } from '../../../src/native/load-addon.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

describe('where the addon is looked for', () => {
  it('tries the prebuilt one of the system first, then the one built from source', () => {
    expect(addonFiles('/package', 'win32', 'arm64')).toEqual([
      path.join('/package', 'prebuilds', 'win32-arm64.node'),
      path.join('/package', 'build', 'Release', 'countersign.node'),
    ]);
  });

  it.each(['x64', 'arm64'])('has one file for both architectures of macOS (%s)', (arch) => {
    expect(addonFiles('/package', 'darwin', arch)[0]).toBe(
      path.join('/package', 'prebuilds', 'darwin-universal.node'),
    );
  });

  it.each(['linux', 'freebsd'])('says that %s needs none', (platform) => {
    expect(codeOf(() => addonFiles('/package', platform, 'x64'))).toBe('native_addon_unneeded');
  });
});

describe('loading the addon', () => {
  it('says where it looked and how to build it where there is none', () => {
    const missing = path.join(scratchDirectory(), 'none.node');
    expect(() => loadFrom([missing])).toThrow(NativeAddonError);
    expect(() => loadFrom([missing])).toThrow(missing);
    expect(() => loadFrom([missing])).toThrow('node-gyp rebuild');
    expect(codeOf(() => loadFrom([missing]))).toBe('native_addon_missing');
  });

  it('says what the system says of a file that is no addon, and keeps the cause', () => {
    const junk = path.join(scratchDirectory(), 'junk.node');
    writeFileSync(junk, 'junk');
    expect(codeOf(() => loadFrom([junk]))).toBe('native_addon_broken');
    expect(() => loadFrom([junk])).toThrow(junk);
  });
});

describe('binding.gyp', () => {
  const gyp = readFileSync('binding.gyp', 'utf8');
  // mingw's own hook: node-gyp brings one for Visual Studio.
  const sources = readdirSync('native', { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.cc') && file !== 'node_import_hook_mingw.cc');

  it.each(sources)('builds %s', (file) => {
    expect(gyp).toContain(`"native/${file}"`);
  });

  it('builds nothing that is not there', () => {
    const named = [...gyp.matchAll(/"native\/([^"]+)"/g)].map(([, file]) => file);
    expect(named.filter((file) => !sources.includes(file ?? ''))).toEqual([]);
  });
});
