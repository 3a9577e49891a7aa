import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentInstance, preparePrivateDirectory } from '../../../src/agent/index.ts';
import { systemRandom } from '../../../src/core/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

const userId = process.getuid?.() ?? 0;

describe('preparePrivateDirectory', () => {
  it('makes a directory, with those above it, that only its owner can enter', () => {
    const directory = path.join(scratchDirectory(), 'a', 'b');
    preparePrivateDirectory(directory, userId);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux')('refuses one that the file system never makes', () => {
    expect(
      codeOf(() => {
        preparePrivateDirectory('/proc/countersign/state', userId);
      }),
    ).toBe('state_directory_unusable');
  });

  it('closes one that stood open', () => {
    const directory = path.join(scratchDirectory(), 'open');
    mkdirSync(directory);
    chmodSync(directory, 0o755);
    preparePrivateDirectory(directory, userId);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('refuses another user’s, and what is no directory', () => {
    const directory = scratchDirectory();
    expect(
      codeOf(() => {
        preparePrivateDirectory(directory, userId + 1);
      }),
    ).toBe('state_directory_unusable');
    const file = path.join(directory, 'file');
    writeFileSync(file, '');
    expect(
      codeOf(() => {
        preparePrivateDirectory(path.join(file, 'x'), userId);
      }),
    ).toBe('state_directory_unusable');
  });
});

describe('agentInstance', () => {
  it('is made once, for this installation, in an owner-only file', () => {
    const directory = scratchDirectory();
    const instance = agentInstance(directory, systemRandom);
    expect(instance).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(agentInstance(directory, systemRandom)).toBe(instance);
    expect(agentInstance(scratchDirectory(), systemRandom)).not.toBe(instance);
    const file = path.join(directory, 'agent-instance');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).toBe(`${instance}\n`);
  });

  it('is made anew where the machine lost the file while it was written', () => {
    const directory = scratchDirectory();
    writeFileSync(path.join(directory, 'agent-instance'), '');
    writeFileSync(path.join(directory, 'agent-instance.new'), 'urn:uu');
    const instance = agentInstance(directory, systemRandom);
    expect(agentInstance(directory, systemRandom)).toBe(instance);
    expect(readdirSync(directory)).toEqual(['agent-instance']);
  });

  it('is not replaced where the file holds something else', () => {
    const directory = scratchDirectory();
    writeFileSync(path.join(directory, 'agent-instance'), 'junk');
    expect(codeOf(() => agentInstance(directory, systemRandom))).toBe('state_directory_unusable');
  });

  it('cannot be had where the directory is missing', () => {
    const directory = path.join(scratchDirectory(), 'missing');
    expect(codeOf(() => agentInstance(directory, systemRandom))).toBe('state_directory_unusable');
  });
});
