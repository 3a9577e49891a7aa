import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadFrom,
  pkcs11jsTarget,
} from '../../../../src/keystore/pkcs11/module-process/load-pkcs11js.ts';
import { codeOf } from '../../../testkit/code-of.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

describe('loadFrom', () => {
  it('prefers the package’s own copy for the system', () => {
    const directory = scratchDirectory();
    const prebuilt = path.join(directory, 'prebuilds', 'pkcs11js', 'linux-x64');
    mkdirSync(prebuilt, { recursive: true });
    const asked: string[] = [];
    const load = (id: string) => asked.push(id);
    loadFrom(directory, 'linux-x64', load);
    loadFrom(directory, 'linux-x64-musl', load);
    expect(asked).toEqual([prebuilt, 'pkcs11js']);
  });

  it('takes what npm compiled where the package’s copy does not load', () => {
    const directory = scratchDirectory();
    mkdirSync(path.join(directory, 'prebuilds', 'pkcs11js', 'linux-x64'), { recursive: true });
    const compiled = { PKCS11: Object };
    const load = (id: string) => {
      if (id !== 'pkcs11js') throw new Error('wrong ELF class');
      return compiled;
    };
    expect(loadFrom(directory, 'linux-x64', load)).toBe(compiled);
  });

  it('says what is missing and how to get it where neither copy can be loaded', () => {
    const load = () => {
      throw new Error("Cannot find module './build/Release/pkcs11.node'\nRequire stack:\n- x");
    };
    const attempt = () => loadFrom(scratchDirectory(), 'linux-arm64', load);
    expect(codeOf(attempt)).toBe('store_unavailable');
    expect(attempt).toThrow(
      /linux-arm64.*npm rebuild pkcs11js.*\(Cannot find module '.*pkcs11\.node'\)$/,
    );
  });
});

describe('pkcs11jsTarget', () => {
  it('names musl, whose binaries are of another kind', () => {
    expect(pkcs11jsTarget('linux', 'x64', false)).toBe('linux-x64');
    expect(pkcs11jsTarget('linux', 'arm64', true)).toBe('linux-arm64-musl');
    expect(pkcs11jsTarget('darwin', 'arm64', false)).toBe('darwin-arm64');
  });
});
