/** Two users signed in to one machine at a time, each with an agent, as terminal servers have them. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { putIdentity } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { commandComponent } from '../../testkit/command-component.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();

const programForAll: Component = {
  name: 'the right to act as other users, with a checkout that they can read',
  found: process.getuid?.() === 0 && canRead(programsComponent.found) ? 'root' : undefined,
  howToGet: 'run as root, outside of root’s home',
};

function canRead(file: string | undefined): boolean {
  if (file === undefined) return false;
  return spawnSync('test', ['-r', file], { uid: 61_001, gid: 61_001 }).status === 0;
}

/** What a page does, in a browser that this script stands in for: it asks each port in turn. */
const browser = `
const { request } = require('node:http');
const [address, ports, origin, challengeRequest] = process.argv.slice(1);
const ask = (port, method, path, body) => new Promise((resolve, reject) => {
  const headers = { origin, ...(body && { 'content-type': 'application/json' }) };
  const sent = request({ host: address, port, method, path, headers, agent: false }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (part) => (text += part));
    answer.on('end', () => resolve({ status: answer.statusCode, text }));
  });
  sent.on('error', reject).end(body);
});
(async () => {
  const seen = [];
  for (const port of ports.split(',')) {
    const { status } = await ask(port, 'GET', '/probe');
    seen.push(status);
    if (status !== 200) continue;
    seen.push((await ask(port, 'POST', '/challenge', JSON.stringify({ challengeRequest }))).status);
    break;
  }
  console.log(seen.join(' '));
})();`;

interface User {
  readonly id: number;
  readonly name: string;
  readonly home: string;
  agent?: ChildProcess;
}

describeWith('two users of one machine', [programsComponent, programForAll], ([program = '']) => {
  let server: AuthenticationServer;
  let ports: number[];
  let alice: User;
  let bob: User;

  beforeEach(async () => {
    server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
    ports = await freePorts(3);
    alice = userWithKey(61_001, 'alice');
    bob = userWithKey(61_002, 'bob');
  });

  afterEach(async () => {
    for (const { agent } of [alice, bob]) await ended(agent, 'SIGKILL');
    await server.close();
  });

  it('have an agent each, on a port of its own, and each one’s browser finds the right one', async () => {
    const [first, second] = [await startAgent(alice), await startAgent(bob)];
    expect([first, second]).toEqual(ports.slice(0, 2).map((port) => `127.0.0.1:${port}`));
    for (const address of ['127.0.0.1', '::1', 'localhost']) {
      expect(await browse(alice, address)).toBe('200 200\n');
      expect(await browse(bob, address)).toBe('503 200 200\n');
    }
    expect(server.posted.map(({ body }) => signerOf(body))).toEqual(
      ['alice', 'bob', 'alice', 'bob', 'alice', 'bob'].map((name) => `O=Test\nCN=${name}`),
    );
  });

  it('keep finding theirs when the other one signs out and in again', async () => {
    await startAgent(alice);
    await startAgent(bob);
    await ended(alice.agent, 'SIGTERM');
    const gone = await browse({ ...bob }, '127.0.0.1', ports.slice(1));
    expect(gone).toBe('200 200\n');
    await startAgent(alice);
    expect(await browse(alice, '127.0.0.1')).toBe('200 200\n');
    expect(await browse(bob, '127.0.0.1')).toBe('503 200 200\n');
  });

  it('are not answered by the other one’s agent, root neither, and have files of their own', async () => {
    await startAgent(alice);
    const root = { id: 0, name: 'root', home: alice.home };
    expect(await browse(bob, '127.0.0.1', ports.slice(0, 1))).toBe('503\n');
    expect(await browse(root, '127.0.0.1', ports.slice(0, 1))).toBe('503\n');
    expect(server.posted).toEqual([]);
    expect(await browse(alice, '127.0.0.1')).toBe('200 200\n');
    const state = path.join(alice.home, 'state');
    expect(readdirSync(state)).toContain('audit.jsonl');
    expect(statSync(path.join(state, 'audit.jsonl'))).toMatchObject({ uid: alice.id });
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect((await status(alice)).code).toBe(exitCodes.success);
    expect((await status(bob)).code).toBe(exitCodes.notRunning);
  });

  /** A user who has a home directory with settings and a certificate of their own name. */
  function userWithKey(id: number, name: string): User {
    const home = scratchDirectory();
    const keys = putIdentity(
      path.join(home, 'keys'),
      'device',
      issuing.issue({ commonName: name }),
      issuing,
    );
    writeFileSync(path.join(home, 'tls.pem'), tlsCa.certificate.pem);
    writeFileSync(
      path.join(home, 'agent.json'),
      JSON.stringify({
        servers: [{ issuer: server.issuer, origins: [server.pageOrigin] }],
        stores: [{ uri: keys }],
        ports,
        caFile: path.join(home, 'tls.pem'),
        stateDirectory: path.join(home, 'state'),
      }),
    );
    mkdirSync(path.join(home, 'run'));
    const own = (directory: string): void => {
      chownSync(directory, id, id);
      for (const entry of readdirSync(directory, { withFileTypes: true })) {
        const name = path.join(directory, entry.name);
        if (entry.isDirectory()) own(name);
        else chownSync(name, id, id);
      }
    };
    own(home);
    return { id, name, home };
  }

  function as(user: User): SpawnOptions {
    return {
      uid: user.id,
      gid: user.id,
      cwd: '/',
      env: {
        PATH: process.env['PATH'],
        HOME: user.home,
        XDG_RUNTIME_DIR: path.join(user.home, 'run'),
      },
    };
  }

  /** @returns where it listens */
  async function startAgent(user: User): Promise<string> {
    const args = [program, 'run', '--config', path.join(user.home, 'agent.json')];
    const agent = spawn(process.execPath, args, as(user));
    user.agent = agent;
    let text = '';
    agent.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    for await (const chunk of agent.stdout as AsyncIterable<Buffer>) {
      const [, address] = /^listening on (\S+)/.exec(chunk.toString()) ?? [];
      if (address !== undefined) return address;
    }
    throw new Error(text);
  }

  async function browse(user: User, address: string, asked = ports): Promise<string> {
    const args = ['-e', browser, address, asked.join(','), server.pageOrigin];
    return (await run(user, [...args, await server.challengeRequest()])).text;
  }

  function status(user: User): Promise<{ readonly code: number }> {
    return run(user, [program, 'status', '--config', path.join(user.home, 'agent.json')]);
  }

  async function run(
    user: User,
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly text: string }> {
    const child = spawn(process.execPath, args, as(user));
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, text };
  }

  /** The subject of the certificate that a proof was signed with. */
  function signerOf(proof: string): string {
    const [header = ''] = proof.split('.');
    const { x5c } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as {
      readonly x5c: readonly string[];
    };
    return new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64')).subject;
  }
});

describeWith(
  'an agent on a machine without IPv6',
  [programsComponent, programForAll, commandComponent('ip', 'iproute2')],
  ([program = '']) => {
    it('listens on 127.0.0.1 alone', async () => {
      const directory = scratchDirectory();
      const config = path.join(directory, 'agent.json');
      const origin = 'https://login.example.test';
      writeFileSync(
        config,
        JSON.stringify({
          servers: [{ issuer: 'https://id.example.test', origins: [origin] }],
          stateDirectory: path.join(directory, 'state'),
        }),
      );
      // A network of its own, whose loopback interface never had ::1.
      const script =
        'ip link set lo up && ip -6 addr flush dev lo && exec "$0" "$1" run --config "$2"';
      const agent = spawn(
        'unshare',
        ['--net', 'sh', '-c', script, process.execPath, program, config],
        {
          env: { PATH: process.env['PATH'], HOME: directory, XDG_RUNTIME_DIR: directory },
        },
      );
      let log = '';
      agent.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
      const [line] = (await Promise.race([
        once(agent.stdout, 'data'),
        once(agent, 'close').then(() => [log]),
      ])) as [Buffer | string];
      expect(line.toString()).toBe('listening on 127.0.0.1:21861\n');
      const status = spawnSync(
        process.execPath,
        [program, 'status', '--json', '--config', config],
        {
          encoding: 'utf8',
          env: { HOME: directory, XDG_RUNTIME_DIR: directory },
        },
      );
      expect(JSON.parse(status.stdout)).toMatchObject({ addresses: ['127.0.0.1'], port: 21861 });
      await ended(agent, 'SIGTERM');
    });
  },
);

async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill(signal);
  await closed;
}
