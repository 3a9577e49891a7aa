/** The PKCS#11 modules that this machine and this user have registered with p11-kit. */
import { readdir, realpath } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import type { StoreProblem } from '../certificate-store.ts';
import { readBounded, systemCode } from '../private-file.ts';
import {
  isEnabledIn,
  parseModuleConfig,
  priorityOf,
  withDefaults,
  type ModuleConfig,
} from './module-config.ts';

/** Where p11-kit's files are; directories that do not exist are none. */
export interface P11KitPlaces {
  /** The user's directory, with `pkcs11.conf` and `modules/`. */
  readonly user: string;
  /** The administrator's directories, of the same form. */
  readonly system: readonly string[];
  /** Where packages register their modules. */
  readonly packages: readonly string[];
  /** Where modules of relative path are; the first that holds one counts. */
  readonly modules: readonly string[];
}

/** A registered module. */
export interface RegisteredModule {
  /** Its file's name without `.module`. */
  readonly name: string;
  /** Absolute path, without symbolic links. */
  readonly modulePath: string;
  /** `x-init-reserved`: what C_Initialize is given; undefined where there is none. */
  readonly initArgs: string | undefined;
}

/** What is registered. */
export interface ModuleList {
  readonly modules: readonly RegisteredModule[];
  /** Files and directories that cannot be used. */
  readonly problems: readonly StoreProblem[];
}

const maxFileLength = 64 << 10;
const maxModules = 64;

/** The name that `enable-in` and `disable-in` know this program by. */
const program = 'countersign';

/** Where p11-kit looks on Debian, Fedora, SUSE, Arch and with Homebrew. */
export function defaultP11KitPlaces(): P11KitPlaces {
  return {
    user: path.join(userInfo().homedir, '.config', 'pkcs11'),
    system: ['/etc/pkcs11', '/usr/local/etc/pkcs11', '/opt/homebrew/etc/pkcs11'],
    packages: [
      '/usr/share/p11-kit/modules',
      '/usr/local/share/p11-kit/modules',
      '/opt/homebrew/share/p11-kit/modules',
    ],
    modules: [
      `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/pkcs11`,
      '/usr/lib64/pkcs11',
      '/usr/lib/pkcs11',
      '/usr/local/lib/pkcs11',
      '/opt/homebrew/lib/pkcs11',
    ],
  };
}

/**
 * Reads the list afresh. The user's word on a module goes before the administrator's, and that before
 * the package's, field by field; `user-config` in pkcs11.conf may turn the user's or all others off.
 * Left out are modules with an empty path, those not meant for this program, and sources of trust
 * policy, which hold no keys. A file that cannot be used is a problem and hides no other.
 */
export async function readModuleList(places: P11KitPlaces): Promise<ModuleList> {
  const problems: StoreProblem[] = [];
  const configs = new Map<string, { file: string; config: ModuleConfig }>();
  for (const directory of await directoriesOf(places, problems)) {
    for (const { file, name, config } of await readDirectory(directory, problems)) {
      const specific = configs.get(name);
      configs.set(name, {
        file: specific?.file ?? file,
        config: specific === undefined ? config : withDefaults(specific.config, config),
      });
    }
  }
  const sorted = [...configs].sort(
    ([nameA, a], [nameB, b]) =>
      priorityOf(b.config) - priorityOf(a.config) || (nameA < nameB ? -1 : 1),
  );
  const modules = new Map<string, RegisteredModule>();
  for (const [name, { file, config }] of sorted) {
    const module = await moduleOf(name, config, places.modules);
    if (typeof module === 'string') problems.push(problem(file, module));
    else if (module !== undefined && !modules.has(module.modulePath)) {
      modules.set(module.modulePath, module);
    }
  }
  if (modules.size > maxModules) {
    problems.push(problem(places.user, `Of ${modules.size} modules, ${maxModules} are used.`));
  }
  return { modules: [...modules.values()].slice(0, maxModules), problems };
}

/** The directories that count, the most specific first. */
async function directoriesOf(places: P11KitPlaces, problems: StoreProblem[]): Promise<string[]> {
  const user = path.join(places.user, 'modules');
  const others = [...places.system.map((base) => path.join(base, 'modules')), ...places.packages];
  let mode = 'merge';
  for (const base of [...places.system].reverse()) mode = await userMode(base, mode, problems);
  if (mode !== 'none') mode = await userMode(places.user, mode, problems);
  if (mode === 'none') return others;
  return mode === 'merge' ? [user, ...others] : [user];
}

/** @returns `user-config` of a directory's pkcs11.conf, or what held so far */
async function userMode(base: string, before: string, problems: StoreProblem[]): Promise<string> {
  const config = await readConfig(path.join(base, 'pkcs11.conf'), problems);
  const mode = config?.get('user-config');
  if (mode === undefined) return before;
  if (['none', 'merge', 'only', 'override'].includes(mode)) return mode;
  problems.push(
    problem(path.join(base, 'pkcs11.conf'), 'user-config must be none, merge, only or override.'),
  );
  return before;
}

async function readDirectory(
  directory: string,
  problems: StoreProblem[],
): Promise<{ file: string; name: string; config: ModuleConfig }[]> {
  let files: string[];
  try {
    files = await readdir(directory);
  } catch (error) {
    if (!isAbsent(error)) {
      problems.push(problem(directory, `It cannot be read (${systemCode(error)}).`));
    }
    return [];
  }
  const read = [];
  for (const entry of files.sort().slice(0, 4 * maxModules)) {
    // Editors' and packagers' left-overs (x.module~, x.module.dpkg-old) are no registrations.
    const name = /^([A-Za-z0-9][A-Za-z0-9_.-]*)\.module$/.exec(entry)?.[1];
    if (name === undefined) continue;
    const file = path.join(directory, entry);
    const config = await readConfig(file, problems);
    if (config !== undefined) read.push({ file, name, config });
  }
  return read;
}

/** @returns undefined where there is no such file, or where it cannot be used and is a problem */
async function readConfig(
  file: string,
  problems: StoreProblem[],
): Promise<ModuleConfig | undefined> {
  try {
    const read = await readBounded(file, maxFileLength);
    if (read === 'not_regular') return undefined;
    const config =
      read === 'too_large'
        ? `It is longer than ${maxFileLength} bytes.`
        : parseModuleConfig(read.bytes.toString('utf8'));
    if (typeof config !== 'string') return config;
    problems.push(problem(file, config));
  } catch (error) {
    if (!isAbsent(error)) problems.push(problem(file, `It cannot be read (${systemCode(error)}).`));
  }
  return undefined;
}

/** @returns the module, undefined where none is to be loaded, or a sentence that says what is wrong */
async function moduleOf(
  name: string,
  config: ModuleConfig,
  directories: readonly string[],
): Promise<RegisteredModule | string | undefined> {
  const file = config.get('module') ?? '';
  if (!isEnabledIn(program, config) || config.get('trust-policy') === 'yes') return undefined;
  if (config.has('remote'))
    return 'It runs its module through a command (remote), which is not done.';
  if (file === '') return undefined;
  const candidates = path.isAbsolute(file)
    ? [file]
    : directories.map((directory) => path.join(directory, file));
  for (const candidate of candidates) {
    const modulePath = await realpath(candidate).catch(() => undefined);
    if (modulePath === undefined) continue;
    const initArgs = config.get('x-init-reserved');
    return { name, modulePath, initArgs: initArgs === '' ? undefined : initArgs };
  }
  return `There is no module ${candidates.join(' or ')}.`;
}

function problem(location: string, reason: string): StoreProblem {
  return {
    location,
    code: 'store_unavailable',
    message: `This registration of a PKCS#11 module cannot be used. ${reason}`,
  };
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error));
}
