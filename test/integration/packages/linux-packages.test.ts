import { createHash } from 'node:crypto';
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { commandComponent } from '../../testkit/command-component.ts';
import {
  layOutPrebuilds,
  layOutRuntime,
  makePackages,
} from '../../testkit/packages/make-packages.ts';
import {
  ScratchSystem,
  scratchSystemComponent,
  systemEnvironment,
} from '../../testkit/packages/scratch-system.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { makeScratchDirectory } from '../../testkit/scratch-directory.ts';
import { softHsmComponent } from '../../testkit/softhsm.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const dpkg = commandComponent('dpkg-shlibdeps', 'dpkg-dev');
const rpm = commandComponent('rpmbuild', 'rpm');
const lintian = commandComponent('lintian', 'lintian');

// Each test writes a hundred megabytes.
vi.setConfig({ testTimeout: 120_000 });

const origin = 'https://login.example.com';
const settings = `${JSON.stringify({
  ports: [31861],
  servers: [{ issuer: 'https://id.example.com', origins: [origin] }],
})}\n`;

/** What a page does that has a challenge of no known server: the agent refuses it and writes that down. */
const page = `
const headers = { origin: '${origin}', 'content-type': 'application/json' };
const { request } = require('node:http');
request(
  { host: '127.0.0.1', port: 31861, method: 'POST', path: '/challenge', headers },
  (answer) => answer.resume().on('end', () => console.log(answer.statusCode)),
).end(JSON.stringify({ challengeRequest: 'e30.e30.e30' }));
`;
/** Whoever commits while the tests run changes no package. */
const sourceTime = { SOURCE_DATE_EPOCH: '1767225600' };

/** What package managers write down for themselves; RPM on Debian does so in the home directory. */
const stateOfManagers = /^\/(?:var\/(?:lib\/(?:dpkg|rpm)|cache|log)|root\/\.rpmdb)\//;

describeWith(
  'A package for Linux',
  [dpkg, rpm, scratchSystemComponent, softHsmComponent],
  (found) => {
    const softhsm = found[3] ?? '';
    const scratch = makeScratchDirectory();
    const options: string[] = [];
    let present: Awaited<ReturnType<typeof makePackages>>;
    let older: typeof present;

    const make = async (name: string, ...args: readonly string[]): Promise<typeof present> =>
      makePackages([...options, '--output', path.join(scratch, name), ...args], sourceTime);
    const fileOf = (packages: typeof present, format: string): string => {
      const { file } = packages[format] ?? {};
      if (file === undefined) throw new Error(`There is no ${format}.`);
      return file;
    };

    beforeAll(async () => {
      options.push(
        ...['--node', layOutRuntime(path.join(scratch, 'node'))],
        ...['--prebuilds', layOutPrebuilds(path.join(scratch, 'prebuilds'))],
        ...['--compression', 'fast'],
      );
      older = await make('older', '--package-version', '0.0.9-beta.1');
      present = await make('present');
    });
    afterAll(() => {
      rmSync(scratch, { recursive: true, force: true });
    });

    async function startSystem(): Promise<ScratchSystem> {
      const system = await ScratchSystem.start();
      for (const [name, packages] of Object.entries({ older, present })) {
        for (const format of ['deb', 'rpm']) {
          system.copyIn(fileOf(packages, format), `/tmp/${name}.${format}`);
        }
      }
      return system;
    }

    it('is the same, octet for octet, when it is made again from the same sources', async () => {
      const again = await make('again');
      const hash = (file: string): string =>
        createHash('sha256').update(readFileSync(file)).digest('hex');
      for (const format of ['deb', 'rpm']) {
        expect(hash(fileOf(again, format)), format).toBe(hash(fileOf(present, format)));
      }
    });

    it('has a checksum beside it that sha256sum accepts', () => {
      for (const format of ['deb', 'rpm']) {
        const { dir, base } = path.parse(fileOf(present, format));
        expect(
          execFileSync('sha256sum', ['--check', `${base}.sha256`], { cwd: dir, encoding: 'utf8' }),
        ).toBe(`${base}: OK\n`);
      }
    });

    it('says how big it is', () => {
      const { size = 0, installed, runtime } = present['deb'] ?? { installed: 0, runtime: 0 };
      expect(size).toBeGreaterThan(10_000_000);
      expect(installed - runtime).toBeGreaterThan(1_000_000);
      // Node aside it is small; a whole dependency that slips in shows here.
      expect(installed - runtime).toBeLessThan(4_000_000);
    });

    it('belongs to root alone', () => {
      const listing = execFileSync('dpkg-deb', ['--contents', fileOf(present, 'deb')], {
        encoding: 'utf8',
      });
      const entries = listing.trim().split('\n');
      expect(entries.length).toBeGreaterThan(100);
      for (const entry of entries)
        expect(entry).toMatch(/^(?:[d-]rwxr-xr-x|-rw-r--r--|lrwxrwxrwx) root\/root /);
    });

    describe.each([
      {
        format: 'deb',
        install: ['dpkg', '--install'],
        upgrade: ['dpkg', '--install'],
        remove: ['dpkg', '--remove', 'countersign'],
      },
      {
        // Debian's database knows nothing of what an RPM needs.
        format: 'rpm',
        install: ['rpm', '--install', '--nodeps'],
        upgrade: ['rpm', '--upgrade', '--nodeps'],
        remove: ['rpm', '--erase', 'countersign'],
      },
    ])('as $format', ({ format, install, upgrade, remove }) => {
      describe('installed', () => {
        let system: ScratchSystem;

        beforeAll(async () => {
          system = await startSystem();
          system.succeed(...install, `/tmp/present.${format}`);
        });
        afterAll(() => system.stop());

        it('has the agent’s command line, with the Node that it carries', () => {
          const version = JSON.parse(system.succeed('countersign', 'version', '--json')) as unknown;
          expect(version).toEqual({
            version: present[format]?.version,
            node: process.versions.node,
          });
        });

        it('heeds nothing that is meant for another Node', () => {
          const hostile = ['env', 'NODE_OPTIONS=--no-such-option', 'NODE_PATH=/nowhere'];
          expect(system.succeed(...hostile, 'countersign', 'version')).toBe(
            `${present[format]?.version ?? ''}\n`,
          );
        });

        it('has a service for everybody that systemd accepts, and enables it', () => {
          const unit = '/usr/lib/systemd/user/countersign.service';
          const verify = [
            'env',
            'XDG_RUNTIME_DIR=/run',
            'systemd-analyze',
            '--user',
            'verify',
            unit,
          ];
          expect(system.run(...verify)).toMatchObject({ exitCode: 0, stderr: '' });
          expect(system.succeed('systemctl', '--global', 'is-enabled', 'countersign.service')).toBe(
            'enabled\n',
          );
          const status = system.run('countersign', 'service', 'status', '--all-users', '--json');
          expect(JSON.parse(status.stdout)).toMatchObject({
            installed: true,
            current: true,
            enabled: true,
            files: [unit],
          });
          expect(system.succeed('cat', unit)).toContain(
            'ExecStart="/usr/lib/countersign/runtime/node" "/usr/lib/countersign/dist/cli/countersign.js" "run"\n',
          );
        });

        it('lists certificates of files and of PKCS#11 modules', () => {
          const leaf = TestCa.root({ commonName: 'Root' }).issue({ commonName: 'packaged-device' });
          const file = path.join(scratch, 'device.pem');
          writeFileSync(file, `${leaf.pem}${leaf.keyPem}`);
          system.succeed('mkdir', '-m', '0700', '/tmp/keys');
          system.copyIn(file, '/tmp/keys/device.pem');
          system.succeed('chmod', '0600', '/tmp/keys/device.pem');
          const list = ['countersign', 'certs', 'list', '--store'];
          expect(system.succeed(...list, 'file:///tmp/keys')).toContain('packaged-device');
          // The module loads; there is no token in it.
          expect(system.run(...list, `pkcs11:?module-path=${softhsm}`)).toMatchObject({
            exitCode: 1,
            stdout: expect.not.stringContaining('pkcs11js') as string,
          });
        });
      });

      it('runs the agent, keeps settings and audit log over an upgrade, and runs again', async () => {
        const system = await startSystem();
        onTestFinished(() => system.stop());
        system.succeed(...install, `/tmp/older.${format}`);
        system.succeed('sh', '-c', `printf '%s' '${settings}' >/etc/countersign/agent.json`);
        await runAgentOnce(system);
        const log = '/root/.local/state/countersign/audit.jsonl';
        const before = system.succeed('cat', log);
        system.succeed('systemctl', '--global', 'disable', 'countersign.service');

        system.succeed(...upgrade, `/tmp/present.${format}`);
        expect(system.succeed('countersign', 'version')).toBe(
          `${present[format]?.version ?? ''}\n`,
        );
        expect(system.succeed('cat', '/etc/countersign/agent.json')).toBe(settings);
        expect(system.succeed('cat', log)).toBe(before);
        // What the administrator has switched off stays off.
        expect(
          system.run('systemctl', '--global', 'is-enabled', 'countersign.service').stdout,
        ).toBe('disabled\n');
        await runAgentOnce(system);
        expect(system.succeed('countersign', 'audit', 'verify')).toMatch(/^Intact: 2 records/);
      });

      it('goes without a trace, but for settings and what is the users’ own', async () => {
        const system = await startSystem();
        onTestFinished(() => system.stop());
        system.succeed(...install, `/tmp/present.${format}`);
        system.succeed('sh', '-c', `printf '%s' '${settings}' >/etc/countersign/agent.json`);
        // Written by hand once: it starts a program that is about to go.
        system.succeed('countersign', 'service', 'install', '--all-users');
        system.succeed(...remove);
        const left = system.changedFiles().filter((file) => !stateOfManagers.test(file));
        expect(left).toEqual(['/etc/countersign/agent.json']);
      });
    });

    it('as deb leaves nothing at all where it is purged', async () => {
      const system = await startSystem();
      onTestFinished(() => system.stop());
      system.succeed('dpkg', '--install', '/tmp/present.deb');
      system.succeed('sh', '-c', `printf '%s' '${settings}' >/etc/countersign/agent.json`);
      system.succeed('dpkg', '--purge', 'countersign');
      expect(system.changedFiles().filter((file) => !stateOfManagers.test(file))).toEqual([]);
      expect(system.run('test', '-e', '/etc/countersign').exitCode).toBe(1);
    });

    it('takes a pre-release for older than its release', () => {
      const version = (file: string): string =>
        execFileSync('dpkg-deb', ['--field', file, 'Version'], { encoding: 'utf8' }).trim();
      const preRelease = version(fileOf(older, 'deb'));
      expect(preRelease).toBe('0.0.9~beta.1-1');
      execFileSync('dpkg', ['--compare-versions', preRelease, 'lt', '0.0.9-1']);
    });

    describeWith('by Debian’s own measure', [lintian], () => {
      it('has no fault', () => {
        const args = ['--fail-on', 'none', '--allow-root', fileOf(present, 'deb')];
        expect(execFileSync('lintian', args, { encoding: 'utf8' })).toBe('');
      }, 60_000);
    });
  },
);

/** Starts the agent, sees it answer, and has it stop as its service manager does. */
async function runAgentOnce(system: ScratchSystem): Promise<void> {
  // The id that counts is the one in the system.
  const script = 'echo $$ >/tmp/agent.pid; exec countersign run';
  const [program, ...args] = system.command(['sh', '-c', script]);
  const agent = spawn(program, args, { env: systemEnvironment });
  const closed = once(agent, 'close');
  let log = '';
  agent.stderr.on('data', (part: Buffer) => (log += part.toString()));
  const [line] = (await Promise.race([once(agent.stdout, 'data'), closed.then(() => [log])])) as [
    Buffer | string,
  ];
  expect(line.toString()).toBe('listening on 127.0.0.1:31861\n');
  system.succeed('countersign', 'status');
  expect(system.succeed('/usr/lib/countersign/runtime/node', '--eval', page)).toMatch(/^4\d\d\n$/);
  system.succeed('sh', '-c', 'kill "$(cat /tmp/agent.pid)"');
  expect((await closed)[0]).toBe(0);
}
