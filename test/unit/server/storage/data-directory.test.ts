import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import { openDataDirectory } from '../../../../src/server/index.ts';
import { codeOf } from '../../../testkit/code-of.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const open = (path: string) => openDataDirectory(path, systemRandom);

describe('a data directory', () => {
  it('is made with a token, both for their owner only, and opened again as it is', () => {
    const path = `${scratchDirectory()}/new/data`;
    const first = open(path);
    expect(first.adminTokenIsNew).toBe(true);
    expect(Buffer.from(first.adminToken, 'base64url')).toHaveLength(32);
    expect(readFileSync(first.adminTokenPath, 'utf8')).toBe(`${first.adminToken}\n`);
    expect(open(path)).toEqual({ ...first, adminTokenIsNew: false });
  });

  const modes = describe.skipIf(process.platform === 'win32');
  modes('on POSIX systems', () => {
    it('has modes 0700 and 0600', () => {
      const path = `${scratchDirectory()}/data`;
      const { adminTokenPath } = open(path);
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(statSync(adminTokenPath).mode & 0o777).toBe(0o600);
    });

    it.each([0o750, 0o705, 0o720])('is refused with mode %o', (mode) => {
      const path = `${scratchDirectory()}/data`;
      open(path);
      chmodSync(path, mode);
      expect(codeOf(() => open(path))).toBe('data_directory_permissions');
    });

    it('is refused where others can read the token', () => {
      const path = `${scratchDirectory()}/data`;
      chmodSync(open(path).adminTokenPath, 0o640);
      expect(codeOf(() => open(path))).toBe('data_directory_permissions');
    });
  });

  it('is refused where a file is in its place, or its token is too short', () => {
    const path = scratchDirectory();
    writeFileSync(`${path}/file`, '');
    expect(codeOf(() => open(`${path}/file`))).toBe('data_directory_unusable');
    mkdirSync(`${path}/data`, { mode: 0o700 });
    writeFileSync(`${path}/data/admin-token`, 'short\n', { mode: 0o600 });
    expect(codeOf(() => open(`${path}/data`))).toBe('data_directory_unusable');
  });
});
