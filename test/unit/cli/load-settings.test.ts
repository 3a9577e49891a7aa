import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  loadSettings,
  settingsVariable,
  type SettingsSurroundings,
} from '../../../src/cli/agent/load-settings.ts';
import { managedFileReaderOf } from '../../../src/cli/agent/managed-file.ts';
import { managedPolicyReaderOf } from '../../../src/cli/agent/managed-policy.ts';
import { codeOfRejection } from '../../testkit/code-of.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

/** A machine with nothing but what a test puts there. */
class Machine {
  readonly root = scratchDirectory();
  readonly surroundings: { -readonly [K in keyof SettingsSurroundings]: SettingsSurroundings[K] } =
    {
      env: {},
      managedPolicy: managedPolicyReaderOf('linux'),
      managedFile: managedFileReaderOf('linux', process.getuid?.()),
    };

  write(name: string, content: object | string | Uint8Array): string {
    const file = path.join(this.root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const text = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(file, text ? content : JSON.stringify(content), { mode: 0o644 });
    return file;
  }

  load(configFile?: string) {
    const places = {
      settingsFiles: [
        path.join(this.root, 'etc', 'agent.json'),
        path.join(this.root, 'home', 'agent.json'),
      ] as const,
      stateDirectory: '/state',
      keyDirectory: '/keys',
      defaultStore: 'file:///keys',
      controlSocket: () => '/control',
    };
    return loadSettings(configFile, places, this.surroundings);
  }
}

describe('loadSettings', () => {
  it('has sane defaults where there is nothing, and says that nobody is answered', async () => {
    const { settings, problems } = await new Machine().load();
    expect(settings).toEqual({
      servers: [],
      stores: [{ uri: 'file:///keys', pinFile: undefined }],
      ports: [21861, 21862, 21863, 21864, 21865],
      proxy: undefined,
      caFile: undefined,
      auditLog: '/state/audit.jsonl',
      logLevel: 'info',
      stateDirectory: '/state',
    });
    expect(problems).toMatchObject([{ code: 'settings_missing', member: 'servers' }]);
  });

  it('looks into policy, conf.d, the machine’s file, the environment and the user’s file', async () => {
    const machine = new Machine();
    const values = { logLevel: 'error', ports: ['20001'] };
    machine.surroundings.managedPolicy = (names) =>
      Promise.resolve(names.includes('ports') ? [{ name: 'policy', values }] : []);
    const all = { logLevel: 'debug', ports: [20009] };
    machine.write('etc/conf.d/10-first.json', { ...all, caFile: '/10', auditLog: '/10' });
    machine.write('etc/conf.d/20-second.json', { ...all, caFile: '/20' });
    machine.write('etc/conf.d/30-not-json.txt', 'ignored');
    const file = machine.write('etc/agent.json', { ...all, caFile: '/f', stateDirectory: '/f' });
    machine.surroundings.env[settingsVariable] = JSON.stringify({
      ...all,
      proxy: { url: 'http://env' },
      stateDirectory: '/e',
    });
    const user = machine.write('home/agent.json', {
      ...all,
      proxy: { url: 'http://user' },
      servers: [{ issuer: 'https://id.example', origins: ['https://login.example'] }],
    });
    const { settings, origins, problems } = await machine.load();
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ logLevel: 'error', ports: [20001], caFile: '/20' });
    expect(origins).toEqual({
      logLevel: 'policy',
      ports: 'policy',
      caFile: path.join(machine.root, 'etc/conf.d/20-second.json'),
      auditLog: path.join(machine.root, 'etc/conf.d/10-first.json'),
      stateDirectory: file,
      proxy: settingsVariable,
      servers: user,
      stores: undefined,
    });
  });

  it.each(['etc/agent.json', 'etc/conf.d/a.json', 'home/agent.json'])(
    'survives junk in %s, and names it',
    async (name) => {
      const machine = new Machine();
      const file = machine.write(name, '{"servers":');
      const { problems } = await machine.load();
      expect(problems[0]).toMatchObject({ code: 'settings_malformed', source: file });
    },
  );

  it('survives junk in the environment', async () => {
    const machine = new Machine();
    machine.surroundings.env[settingsVariable] = 'junk';
    const { problems } = await machine.load();
    expect(problems[0]).toMatchObject({ code: 'settings_malformed', source: settingsVariable });
  });

  it('survives a policy that cannot be read, and then takes nothing from the user', async () => {
    const machine = new Machine();
    machine.surroundings.managedPolicy = () => Promise.reject(new Error('registry'));
    machine.write('home/agent.json', { logLevel: 'debug' });
    const { settings, problems } = await machine.load();
    expect(settings.logLevel).toBe('info');
    expect(problems[0]?.code).toBe('settings_unreadable');
    expect(problems[0]?.message).toContain('registry');
  });

  it.skipIf(process.platform === 'win32')(
    'does not take the word of a machine’s file that others can write',
    async () => {
      const machine = new Machine();
      const file = machine.write('etc/agent.json', { logLevel: 'debug' });
      chmodSync(file, 0o666);
      const { settings, problems } = await machine.load();
      expect(settings.logLevel).toBe('info');
      expect(problems[0]).toMatchObject({ code: 'settings_unreadable', source: file });
    },
  );

  it.runIf(process.getuid?.() === 0)(
    'does not take the word of a machine’s file that another user owns',
    async () => {
      const machine = new Machine();
      const file = machine.write('etc/agent.json', { logLevel: 'debug' });
      chownSync(file, 65534, 65534);
      const { settings, problems } = await machine.load();
      expect(settings.logLevel).toBe('info');
      expect(problems[0]?.message).toContain('belongs to another user');
    },
  );

  it('takes the word of nobody below where conf.d cannot be read', async () => {
    const machine = new Machine();
    const directory = machine.write('etc/conf.d', 'a file, not a directory');
    machine.write('home/agent.json', { logLevel: 'debug' });
    const { settings, problems } = await machine.load();
    expect(settings.logLevel).toBe('info');
    expect(problems[0]).toMatchObject({ code: 'settings_unreadable', source: directory });
  });

  it('takes the word of nobody below where it cannot be told whose a machine’s file is', async () => {
    const machine = new Machine();
    machine.surroundings.managedFile = () => Promise.reject(new Error('no addon'));
    machine.write('home/agent.json', { logLevel: 'debug' });
    const { settings, problems } = await machine.load();
    expect(settings.logLevel).toBe('info');
    expect(problems[0]?.message).toMatch(/agent\.json cannot be read .*no addon/);
  });

  it('passes over the byte order mark that some editors put before the text', async () => {
    const machine = new Machine();
    const named = machine.write('named.json', '\uFEFF{"logLevel":"warn"}');
    expect((await machine.load(named)).settings.logLevel).toBe('warn');
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFF{"logLevel":"warn"}', 'utf16le')],
    ['not UTF-8', Buffer.from('{"logLevel":"w\xe4rn"}', 'latin1')],
  ])('says that a file is %s, and what to do', async (encoding, content) => {
    const machine = new Machine();
    const named = machine.write('named.json', content);
    await expect(machine.load(named)).rejects.toThrow(`${encoding}; save it as UTF-8.`);
  });

  it.skipIf(process.platform === 'win32').each(['a pipe', '/dev/zero', '.'])(
    'does not read what is no file, nor wait for it: %s',
    async (name) => {
      const machine = new Machine();
      const pipe = path.join(machine.root, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const loaded = machine.load(name === 'a pipe' ? pipe : name);
      await expect(loaded).rejects.toThrow('it is not a regular file');
    },
  );

  it('does not read a file without end', async () => {
    const machine = new Machine();
    machine.write('etc/agent.json', ' '.repeat(1024 * 1024 + 1));
    expect((await machine.load()).problems[0]?.message).toContain('larger than');
  });

  it('takes the file that is named and no other', async () => {
    const machine = new Machine();
    machine.write('etc/agent.json', { logLevel: 'warn' });
    const named = machine.write('named.json', { stateDirectory: '/other', lgLevel: 'warn' });
    const { settings, sources, problems } = await machine.load(named);
    expect(settings.logLevel).toBe('info');
    expect(settings.auditLog).toBe('/other/audit.jsonl');
    expect(sources).toEqual([{ name: named, managed: false }]);
    expect(problems[0]?.message).toContain('did you mean "logLevel"?');
  });

  it('fails where the file that is named is missing or no settings file', async () => {
    const machine = new Machine();
    expect(await codeOfRejection(machine.load('/missing'))).toBe('settings_unreadable');
    const junk = machine.write('junk.json', '[]');
    expect(await codeOfRejection(machine.load(junk))).toBe('settings_malformed');
  });
});
