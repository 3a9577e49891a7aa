import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSecretFile } from '../../../src/keystore/index.ts';
import { fileExposure, readBounded } from '../../../src/keystore/private-file.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

function file(content: string | Buffer, mode = 0o600): string {
  const name = path.join(scratchDirectory(), 'secret');
  writeFileSync(name, content);
  chmodSync(name, mode);
  return name;
}

describe('whether a file is private', () => {
  it.each([
    ['the user’s own, closed to others', { uid: 1000, mode: 0o100600 }, true],
    ['the user’s own, read-only', { uid: 1000, mode: 0o100400 }, true],
    ['root’s, closed to others', { uid: 0, mode: 0o100600 }, true],
    ['another user’s', { uid: 1001, mode: 0o100600 }, false],
    ['readable by the group', { uid: 1000, mode: 0o100640 }, false],
    ['writable by the group', { uid: 1000, mode: 0o100620 }, false],
    ['readable by all', { uid: 1000, mode: 0o100604 }, false],
    ['executable by all', { uid: 1000, mode: 0o100601 }, false],
  ])('is decided for one that is %s', (_, stats, expected) => {
    expect(fileExposure(stats, 1000) === undefined).toBe(expected);
  });

  it('is not asked where permission bits mean nothing', () => {
    expect(fileExposure({ uid: 7, mode: 0o100666 }, undefined)).toBeUndefined();
  });
});

describe('reading a file within bounds', () => {
  it('takes one of just the length, and refuses one byte more', async () => {
    expect(await readBounded(file(Buffer.alloc(100)), 100)).toMatchObject({
      bytes: Buffer.alloc(100),
    });
    expect(await readBounded(file(Buffer.alloc(101)), 100)).toBe('too_large');
  });

  it('does not read what only looks like a file', async () => {
    expect(await readBounded('/dev/zero', 100)).toBe('not_regular');
    expect(await readBounded(scratchDirectory(), 100)).toBe('not_regular');
  });
});

describe('a secret file', () => {
  it.each([
    ['1234', '1234'],
    ['1234\n', '1234'],
    ['1234\r\n', '1234'],
    [' 12 34 \n', ' 12 34 '],
    ['grüße', 'grüße'],
  ])('of %j holds %j', async (content, expected) => {
    expect((await readSecretFile(file(content))).text).toBe(expected);
  });

  it('has a fingerprint that follows its content and does not hold it', async () => {
    const [a, b, c] = await Promise.all(
      ['1234', '1234\n', '1235'].map((content) => readSecretFile(file(content))),
    );
    expect(a?.fingerprint).toBe(b?.fingerprint);
    expect(a?.fingerprint).not.toBe(c?.fingerprint);
    expect(a?.fingerprint).not.toContain('1234');
  });

  it.each([
    ['empty', ''],
    ['one line end', '\n'],
    ['two lines', '1234\n5678\n'],
    ['a NUL', '12\u000034'],
    ['not UTF-8', Buffer.of(0xff, 0xfe)],
    ['ten megabytes long', Buffer.alloc(10 << 20, 0x31)],
  ])('that is %s is refused', async (_, content) => {
    expect(await codeOfRejection(readSecretFile(file(content)))).toBe('pin_file_invalid');
  });

  it('that others can read, that is no file, or that is missing is refused', async () => {
    const directory = scratchDirectory();
    const nested = path.join(directory, 'nested');
    mkdirSync(nested);
    const link = path.join(directory, 'link');
    symlinkSync(file('1234', 0o644), link);
    for (const bad of [file('1234', 0o640), nested, path.join(directory, 'missing'), link]) {
      expect(await codeOfRejection(readSecretFile(bad))).toBe('pin_file_invalid');
    }
  });
});
