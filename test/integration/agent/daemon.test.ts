/** `countersign run` and `status` as processes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { putIdentity } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { askLoopback, deliver } from '../../testkit/loopback-client.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();

const rootUser: Component = {
  name: 'the right to start a process as another user',
  found: process.getuid?.() === 0 ? 'root' : undefined,
  howToGet: 'run as root',
};

/** A process of the program. */
class Program {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  #seen = 0;

  constructor(program: string, args: readonly string[], directory: string) {
    this.child = spawn(process.execPath, [program, ...args], {
      // Nothing of the machine's own settings, sockets and keys.
      env: { PATH: process.env['PATH'], HOME: directory, XDG_RUNTIME_DIR: directory },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.child, 'close').then(([code]) => code as number | null);
  }

  async listening(): Promise<this> {
    while (!this.stdout.includes('\n')) {
      await Promise.race([once(this.child.stdout ?? this.child, 'data'), this.ended]);
      if (this.child.exitCode !== null) throw new Error(this.stderr);
    }
    return this;
  }

  /** Resolves once the log has a text, which a later call will not find again. */
  async logged(text: string): Promise<void> {
    let found: number;
    while ((found = this.stderr.indexOf(text, this.#seen)) === -1) {
      await Promise.race([once(this.child.stderr ?? this.child, 'data'), this.ended]);
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(this.stderr);
      }
    }
    this.#seen = found + text.length;
  }
}

describeWith('the daemon', [programsComponent], ([program = '']) => {
  let directory: string;
  let server: AuthenticationServer;
  let ports: number[];
  let file: string;
  const running: Program[] = [];

  beforeEach(async () => {
    directory = scratchDirectory();
    server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
    ports = await freePorts(2);
    putIdentity(path.join(directory, 'keys'), 'device', issuing.issue(), issuing);
    writeFileSync(path.join(directory, 'tls.pem'), tlsCa.certificate.pem);
    file = settings({});
  });

  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.splice(0).map(({ ended }) => ended));
    await server.close();
  });

  function settings(changes: object): string {
    const name = path.join(directory, 'agent.json');
    const document = {
      servers: [{ issuer: server.issuer, origins: [server.pageOrigin] }],
      stores: [{ uri: path.join(directory, 'keys') }],
      ports,
      caFile: path.join(directory, 'tls.pem'),
      stateDirectory: path.join(directory, 'state'),
      ...changes,
    };
    writeFileSync(name, JSON.stringify(document));
    return name;
  }

  function start(...args: readonly string[]): Program {
    const started = new Program(program, args, directory);
    running.push(started);
    return started;
  }

  function run(...args: readonly string[]): Promise<Program> {
    return start('run', '--config', file, ...args).listening();
  }

  it('answers a sign-in, says how it is, and stops when told', async () => {
    const agent = await run('--log-format', 'json');
    expect(agent.stdout).toBe(`listening on 127.0.0.1:${ports[0] ?? 0}\n`);
    const challenge = await server.challengeRequest();
    expect((await deliver(ports[0] ?? 0, server.pageOrigin, challenge)).status).toBe(200);

    const status = start('status', '--config', file, '--json');
    expect(await status.ended).toBe(exitCodes.success);
    expect(JSON.parse(status.stdout)).toMatchObject({
      running: true,
      processId: agent.child.pid,
      port: ports[0],
      addresses: ['127.0.0.1', '::1'],
      servers: [server.issuer],
      stores: [{ state: 'read', certificates: 1, problems: [] }],
      challenges: { managed: 1, refused: 0, declined: 0, failed: 0 },
      checks: [{ issuer: server.issuer, outcome: 'ready', code: 'identity_chosen' }],
    });
    const people = start('status', '--config', file);
    expect(await people.ended).toBe(exitCodes.success);
    expect(people.stdout).toMatch(
      /^https:\S+ +ready: would answer with CN=.*, valid until \d{4}-/m,
    );

    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(exitCodes.success);
    const lines = agent.stderr.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toContain(
      'Challenge managed',
    );
    expect(agent.stderr).not.toContain('eyJ');
    const audit = path.join(directory, 'state', 'audit.jsonl');
    expect(readFileSync(audit, 'utf8')).toContain('"outcome":"managed"');
    expect(statSync(audit).mode & 0o777).toBe(0o600);
    expect(existsSync(path.join(directory, 'countersign', 'agent.sock'))).toBe(false);
  });

  it('logs into a file of its own where it is told to, and says nothing on standard error', async () => {
    const agent = await run('--log-file');
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(exitCodes.success);
    expect(agent.stderr).toBe('');
    const log = path.join(directory, 'state', 'agent.log');
    expect(readFileSync(log, 'utf8')).toContain(' info  Stopping\n');
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  it('finishes a challenge under way before it stops', async () => {
    let finish = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      server.answer = () =>
        new Promise((answer) => {
          resolve();
          finish = () => {
            answer(server.verdict(true));
          };
        });
    });
    const agent = await run();
    const delivered = deliver(ports[0] ?? 0, server.pageOrigin, await server.challengeRequest());
    await reached;
    agent.child.kill('SIGTERM');
    await once(agent.child.stderr ?? agent.child, 'data');
    finish();
    expect((await delivered).status).toBe(200);
    expect(await agent.ended).toBe(exitCodes.success);
  });

  it('does not wait for a server that never answers', async () => {
    const reached = new Promise<void>((resolve) => {
      server.answer = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    const agent = await run();
    const challenge = await server.challengeRequest();
    const delivered = deliver(ports[0] ?? 0, server.pageOrigin, challenge).catch(() => undefined);
    await reached;
    agent.child.kill('SIGTERM');
    expect(await agent.ended).toBe(exitCodes.success);
    // It left before its own patience with the server was over: there was no outcome to tell.
    expect(await delivered).toBeUndefined();
    expect(agent.stderr).not.toContain('server_timeout');
  });

  it('is one a user: a second one says so and leaves the first alone', async () => {
    await run();
    const second = start('run', '--config', file);
    expect(await second.ended).toBe(exitCodes.alreadyRunning);
    expect(second.stderr).toMatch(/^error: already_running: /);
    const status = start('status', '--config', file);
    expect(await status.ended).toBe(exitCodes.success);
    expect(status.stdout).toContain(`127.0.0.1 port ${ports[0] ?? 0}`);
  });

  it('starts again after it was killed', async () => {
    const first = await run();
    first.child.kill('SIGKILL');
    await first.ended;
    expect(existsSync(path.join(directory, 'countersign', 'agent.sock'))).toBe(true);
    const second = await run();
    second.child.kill('SIGINT');
    expect(await second.ended).toBe(exitCodes.success);
  });

  it('names every port and its holder where none is free', async () => {
    const holders = ports.map((port) => createServer().listen(port, '127.0.0.1'));
    await Promise.all(holders.map((holder) => once(holder, 'listening')));
    const agent = start('run', '--config', file);
    expect(await agent.ended).toBe(exitCodes.noPortFree);
    for (const port of ports) {
      expect(agent.stderr).toContain(`${port} (by ${holderName()}, process ${process.pid})`);
    }
    for (const holder of holders) holder.close();
  });

  function holderName(): string {
    return readFileSync(`/proc/${process.pid}/comm`, 'utf8').trim();
  }

  it('starts with wrong settings, names what is wrong, and answers by the rest', async () => {
    file = settings({ orgins: [], logLevel: 'loud' });
    const agent = await run();
    const challenge = await server.challengeRequest();
    expect((await deliver(ports[0] ?? 0, server.pageOrigin, challenge)).status).toBe(200);
    expect(agent.stderr).toContain(`${file}: there is no member "orgins"`);
    const status = start('status', '--config', file, '--json');
    await status.ended;
    expect(JSON.parse(status.stdout)).toMatchObject({
      settingsProblems: [
        { code: 'settings_member_unknown', source: file, member: 'orgins' },
        { code: 'settings_member_invalid', source: file, member: 'logLevel' },
      ],
    });
  });

  it('does not start with a named file that is no settings file', async () => {
    writeFileSync(file, '{"servers":');
    const agent = start('run', '--config', file);
    expect(await agent.ended).toBe(exitCodes.settings);
    expect(agent.stderr.startsWith(`error: settings_malformed: ${file}: `)).toBe(true);
    expect(agent.stderr).not.toMatch(/^\s+at /m);
  });

  it('waits for its settings where there are none yet, and takes them when they come', async () => {
    const agent = await start('run').listening();
    await agent.logged('/etc/countersign/agent.json');
    await agent.logged('settings_missing');
    const place = path.join(directory, '.config', 'countersign');
    mkdirSync(place, { recursive: true });
    renameSync(file, path.join(place, 'agent.json'));
    // The directory was not there to be watched; SIGHUP asks for a look.
    agent.child.kill('SIGHUP');
    await agent.logged(`Listening on another port  address=127.0.0.1:${ports[0] ?? 0}`);
    const challenge = await server.challengeRequest();
    expect((await deliver(ports[0] ?? 0, server.pageOrigin, challenge)).status).toBe(200);
  });

  it('takes changed settings without being told or started again', async () => {
    const agent = await run();
    const [first = 0, second = 0] = ports;
    const deliverTo = async (port: number): Promise<number | undefined> =>
      (await deliver(port, server.pageOrigin, await server.challengeRequest())).status;
    settings({ servers: [] });
    await agent.logged('The settings have changed');
    expect(await deliverTo(first)).toBe(403);
    settings({ ports: [second], stores: [{ uri: path.join(directory, 'none') }] });
    await agent.logged(`Listening on another port  address=127.0.0.1:${second}`);
    expect(await deliverTo(second)).toBe(200);
    expect(server.posted.at(-1)?.body).toContain('device_store_unavailable');
    await expect(deliverTo(first)).rejects.toThrow('ECONNREFUSED');
    writeFileSync(file, 'junk');
    await agent.logged('The settings cannot be taken; the last ones stay');
    expect(await deliverTo(second)).toBe(200);
  });

  it('answers, and takes its settings, once what kept it from that has been put right', async () => {
    const instance = path.join(directory, 'state', 'agent-instance');
    mkdirSync(path.dirname(instance), { mode: 0o700 });
    writeFileSync(instance, 'junk');
    const agent = await run();
    const answer = async () =>
      (await deliver(ports[0] ?? 0, server.pageOrigin, await server.challengeRequest())).status;
    expect(await answer()).toBe(500);
    settings({ logLevel: 'debug' });
    await agent.logged('The settings cannot be taken; the last ones stay');
    rmSync(instance);
    expect(await answer()).toBe(200);
    agent.child.kill('SIGHUP');
    await agent.logged('The settings have changed');
  });

  it('keeps in mind what it has answered when its settings change', async () => {
    const agent = await run();
    const challenge = await server.challengeRequest();
    const answer = () => deliver(ports[0] ?? 0, server.pageOrigin, challenge);
    expect((await answer()).status).toBe(200);
    settings({ logLevel: 'debug' });
    await agent.logged('The settings have changed');
    expect((await answer()).body).toContain('challenge_already_answered');
  });

  it('shows the settings that apply, and where each came from', async () => {
    const shown = start('config', 'show', '--origin', '--json', '--config', file);
    expect(await shown.ended).toBe(exitCodes.success);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      settings: { ports, stores: [{ uri: path.join(directory, 'keys') }] },
      origins: { ports: file, servers: file, logLevel: 'default' },
      problems: [],
    });
    const people = start('config', 'show', '--config', settings({ logLevel: 7 }));
    expect(await people.ended).toBe(exitCodes.success);
    expect(people.stdout).toMatch(/^logLevel +info$/m);
    expect(people.stdout).toContain('settings_member_invalid');
  });

  it('starts with a store that does not exist: the challenge is declined, the agent lives', async () => {
    file = settings({ stores: [{ uri: 'nonsense:' }, { uri: path.join(directory, 'none') }] });
    await run();
    const challenge = await server.challengeRequest();
    expect((await deliver(ports[0] ?? 0, server.pageOrigin, challenge)).status).toBe(200);
    expect(server.posted[0]?.body).toContain('device_store_unavailable');
  });

  it('says that no agent is running', async () => {
    const status = start('status', '--config', file, '--json');
    expect(await status.ended).toBe(exitCodes.notRunning);
    expect(JSON.parse(status.stdout)).toEqual({ running: false });
    expect(status.stderr).toMatch(/^error: not_running: /);
  });
});

describeWith(
  'the daemon on a machine with several users',
  [programsComponent, rootUser],
  ([program = '']) => {
    it('answers its own user and sends every other one to the next port', async () => {
      const directory = scratchDirectory();
      const [port = 0] = await freePorts(1);
      const origin = 'https://login.example.test';
      const file = path.join(directory, 'agent.json');
      writeFileSync(
        file,
        JSON.stringify({
          servers: [{ issuer: 'https://id.example.test', origins: [origin] }],
          ports: [port],
          stateDirectory: path.join(directory, 'state'),
        }),
      );
      const agent = await new Program(program, ['run', '--config', file], directory).listening();
      const probe = (address: string): string =>
        `require('http').get({host:'${address}',port:${port},path:'/probe',headers:{origin:'${origin}'}},r=>{console.log(r.statusCode+' '+r.headers['access-control-allow-origin']);r.resume()})`;
      for (const address of ['127.0.0.1', '::1']) {
        expect(await runAs(undefined, probe(address))).toBe(`200 ${origin}\n`);
        expect(await runAs(65534, probe(address))).toBe(`503 ${origin}\n`);
      }
      expect((await askLoopback({ port, path: '/probe', origin })).status).toBe(200);
      agent.child.kill('SIGTERM');
      await agent.ended;
    });

    async function runAs(userId: number | undefined, script: string): Promise<string> {
      const child = spawn(process.execPath, ['-e', script], {
        cwd: '/',
        env: {},
        ...(userId === undefined ? {} : { uid: userId, gid: userId }),
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await once(child, 'close');
      return text;
    }
  },
);
