import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultP11KitPlaces,
  readModuleList,
  type P11KitPlaces,
} from '../../../../src/keystore/p11-kit/module-list.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

interface Registry extends P11KitPlaces {
  /** Registers a module at a level. */
  write(level: 'user' | 'system' | 'package', name: string, text: string): void;
  /** @returns the path of a new file in the directory of modules */
  module(name: string): string;
}

function registry(): Registry {
  const root = realpathSync(scratchDirectory());
  const places = {
    user: path.join(root, 'user'),
    system: [path.join(root, 'system')],
    packages: [path.join(root, 'package', 'modules')],
    modules: [path.join(root, 'nowhere'), path.join(root, 'lib')],
  };
  mkdirSync(path.join(root, 'lib'));
  return {
    ...places,
    write: (level, name, text) => {
      const file = path.join(root, level, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    },
    module: (name) => {
      const file = path.join(root, 'lib', name);
      writeFileSync(file, '');
      return file;
    },
  };
}

async function namesIn(places: P11KitPlaces): Promise<string[]> {
  return (await readModuleList(places)).modules.map(({ name }) => name);
}

describe('the modules registered with p11-kit', () => {
  it('are none where p11-kit is not installed', async () => {
    expect(await readModuleList(registry())).toEqual({ modules: [], problems: [] });
  });

  it('are found by absolute path, or by name in the directory of modules', async () => {
    const places = registry();
    const [a, b] = [places.module('a.so'), places.module('b.so')];
    places.write('package', 'modules/a.module', `# a comment\n\nmodule: ${a}\nmanaged: yes\n`);
    places.write('system', 'modules/b.module', '  module :  b.so  \r\nx-init-reserved: dir=/x y\n');
    expect(await readModuleList(places)).toEqual({
      modules: [
        { name: 'a', modulePath: a, initArgs: undefined },
        { name: 'b', modulePath: b, initArgs: 'dir=/x y' },
      ],
      problems: [],
    });
  });

  it('come by priority, then by name', async () => {
    const places = registry();
    for (const name of ['a', 'b', 'c', 'd']) places.module(`${name}.so`);
    places.write('package', 'modules/b.module', 'module: b.so');
    places.write('package', 'modules/a.module', 'module: a.so\npriority: junk');
    places.write('package', 'modules/c.module', 'module: c.so\npriority: 7');
    places.write('package', 'modules/d.module', 'module: d.so\npriority: -1');
    expect(await namesIn(places)).toEqual(['c', 'a', 'b', 'd']);
  });

  it('are the user’s word first, then the administrator’s, then the package’s, field by field', async () => {
    const places = registry();
    const [mine, theirs] = [places.module('mine.so'), places.module('theirs.so')];
    places.write('package', 'modules/x.module', 'module: theirs.so\npriority: 3');
    places.write('package', 'modules/y.module', 'module: theirs.so');
    places.write('system', 'modules/y.module', 'priority: 9');
    places.write('user', 'modules/x.module', 'module: mine.so');
    const { modules } = await readModuleList(places);
    expect(modules.map(({ modulePath }) => modulePath)).toEqual([theirs, mine]);
  });

  it('are one where two registrations lead to one file', async () => {
    const places = registry();
    const file = places.module('real.so');
    symlinkSync(file, path.join(path.dirname(file), 'alias.so'));
    places.write('package', 'modules/a.module', 'module: real.so');
    places.write('package', 'modules/b.module', 'module: alias.so');
    expect(await namesIn(places)).toEqual(['a']);
  });

  it.each([
    ['has an empty path, which is how it is switched off', 'module:'],
    ['is a source of trust policy', 'module: x.so\ntrust-policy: yes'],
    ['is meant for other programs', 'module: x.so\nenable-in: firefox, seahorse'],
    ['is not meant for this one', 'module: x.so\ndisable-in: p11-kit-proxy countersign'],
  ])('leave out one that %s', async (_, text) => {
    const places = registry();
    places.module('x.so');
    places.write('user', 'modules/x.module', text);
    places.write('package', 'modules/x.module', 'module: x.so');
    expect(await readModuleList(places)).toEqual({ modules: [], problems: [] });
  });

  it.each([
    'enable-in: countersign',
    'disable-in: firefox',
    'enable-in: countersign\ndisable-in: countersign',
  ])('hold one with %j', async (text) => {
    const places = registry();
    places.module('x.so');
    places.write('package', 'modules/x.module', `module: x.so\n${text}`);
    expect(await namesIn(places)).toEqual(['x']);
  });

  it('pass over what is no registration: editors’ left-overs, hidden files, directories', async () => {
    const places = registry();
    places.module('x.so');
    for (const name of ['x.module~', '.x.module', 'x.module.dpkg-old', 'README', 'd.module/f']) {
      places.write('package', `modules/${name}`, 'module: x.so');
    }
    expect(await readModuleList(places)).toEqual({ modules: [], problems: [] });
  });

  it.each([
    ['user', 'none', ['system']],
    ['system', 'none', ['system']],
    ['user', 'only', ['user']],
    ['system', 'only', ['user']],
    ['user', 'override', ['user']],
    ['user', 'merge', ['system', 'user']],
  ] as const)('obey user-config in the %s’s pkcs11.conf: %s', async (level, mode, expected) => {
    const places = registry();
    for (const name of ['user', 'system'] as const) {
      places.module(`${name}.so`);
      places.write(name, `modules/${name}.module`, `module: ${name}.so`);
    }
    places.write(level, 'pkcs11.conf', `user-config: ${mode}`);
    expect(await namesIn(places)).toEqual(expected);
  });

  it.each([
    ['a module that is not there', 'modules/x.module', 'module: gone.so', 'There is no module'],
    ['a command to run', 'modules/x.module', 'remote: |ssh host', 'remote'],
    ['a line without a colon', 'modules/x.module', 'module x.so', 'Line 1'],
    ['a section', 'modules/x.module', '\n[p11-kit]', 'Line 2'],
    ['a file of 10 MB', 'modules/x.module', 'a'.repeat(10 << 20), '65536'],
    ['an unknown mode', 'pkcs11.conf', 'user-config: perhaps', 'user-config'],
  ])('hold the good ones beside a problem with %s', async (_, file, text, words) => {
    const places = registry();
    places.module('good.so');
    places.write('package', 'modules/good.module', 'module: good.so');
    places.write('user', file, text);
    const { modules, problems } = await readModuleList(places);
    expect(modules.map(({ name }) => name)).toEqual(['good']);
    expect(problems).toEqual([
      {
        location: expect.stringContaining('/') as string,
        code: 'store_unavailable',
        message: expect.stringContaining(words) as string,
      },
    ]);
  });

  it('are 64 at most', async () => {
    const places = registry();
    for (let i = 0; i < 70; i++) {
      places.module(`m${i}.so`);
      places.write('package', `modules/m${i}.module`, `module: m${i}.so`);
    }
    const { modules, problems } = await readModuleList(places);
    expect(modules).toHaveLength(64);
    expect(problems[0]?.message).toContain('Of 70 modules');
  });

  it('are looked for where the system keeps them', () => {
    const { user, system, packages } = defaultP11KitPlaces();
    expect(user).toMatch(/^\/.*\.config\/pkcs11$/);
    expect(system).toContain('/etc/pkcs11');
    expect(packages).toContain('/usr/share/p11-kit/modules');
  });
});
