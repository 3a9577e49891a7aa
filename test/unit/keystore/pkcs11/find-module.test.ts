import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findModule } from '../../../../src/keystore/pkcs11/find-module.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

function directoryWith(...names: readonly string[]): string {
  const directory = scratchDirectory();
  for (const name of names) writeFileSync(path.join(directory, name), '');
  return directory;
}

describe('finding a module', () => {
  it('takes a module-path as it is', async () => {
    expect(await findModule({ modulePath: '/x/y.so', moduleName: 'z' }, [])).toBe('/x/y.so');
  });

  it.each(['libtoken.so', 'token.so', 'libtoken.dylib'])(
    'finds %s by the name "token"',
    async (name) => {
      const directory = directoryWith(name, 'libother.so');
      expect(await findModule({ moduleName: 'token' }, ['/nowhere', directory])).toBe(
        path.join(directory, name),
      );
    },
  );

  it('takes two names of one file for one module', async () => {
    const directory = directoryWith('libtoken.so');
    symlinkSync('libtoken.so', path.join(directory, 'token.so'));
    expect(await findModule({ moduleName: 'token' }, [directory])).toBe(
      path.join(directory, 'libtoken.so'),
    );
  });

  it('does not choose between two modules of one name: it lists both', async () => {
    const directories = [directoryWith('libtoken.so'), directoryWith('libtoken.so')];
    const attempt = findModule({ moduleName: 'token' }, directories);
    expect(await codeOfRejection(attempt)).toBe('store_uri_invalid');
    for (const directory of directories) await expect(attempt).rejects.toThrow(directory);
  });

  it.each([
    ['a name that nothing has', { moduleName: 'token' }, 'no module named "token"'],
    ['no name and no path', {}, 'module-path'],
  ])('refuses %s with a sentence', async (_, uri, words) => {
    const attempt = findModule(uri, [directoryWith()]);
    expect(await codeOfRejection(attempt)).toBe('store_uri_invalid');
    await expect(attempt).rejects.toThrow(words);
  });
});
