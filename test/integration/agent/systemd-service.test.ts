/** The agent under a real systemd: a user's own agent, and the machine's. */
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import {
  inSandbox,
  SystemdSandbox,
  systemdComponents,
  type SandboxUser,
} from '../../testkit/systemd-sandbox.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { until } from '../../testkit/until.ts';

const alice: SandboxUser = { id: 2001, name: 'alice', home: '/run/home/alice' };
const bob: SandboxUser = { id: 2002, name: 'bob', home: '/run/home/bob' };
const webServer: SandboxUser = { id: 33, name: 'www-data', home: '/' };

const program = inSandbox(programsComponent.found ?? '');

/** What a page does, in a browser that this script stands in for. It prints the two statuses. */
const browser = `
const { request } = require('node:http');
const [port, origin, challengeRequest] = process.argv.slice(1);
const ask = (method, path, body) => new Promise((resolve, reject) => {
  const headers = { origin, ...(body && { 'content-type': 'application/json' }) };
  request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    answer.resume().on('end', () => resolve(answer.statusCode));
  }).on('error', reject).end(body);
});
(async () => {
  const probed = await ask('GET', '/probe');
  const delivered = await ask('POST', '/challenge', JSON.stringify({ challengeRequest }));
  console.log(probed, delivered);
})();`;

/** What `status --json` and `service status --json` say. */
interface Status {
  readonly version: string;
  readonly processId: number;
  readonly current: boolean;
  readonly enabled: boolean;
}

describeWith('an agent under systemd', [programsComponent, ...systemdComponents], () => {
  let sandbox: SystemdSandbox;
  let port: number;
  const origin = 'https://login.example.test';

  beforeEach(async () => {
    [port = 0] = await freePorts(1);
    sandbox = await SystemdSandbox.user(alice);
    const settings = {
      servers: [{ issuer: 'https://id.example.test', origins: [origin] }],
      ports: [port],
    };
    await sandbox.write(
      `${alice.home}/.config/countersign/agent.json`,
      JSON.stringify(settings),
      alice,
    );
  });
  afterEach(() => sandbox.end());

  function agent(...args: readonly string[]): Promise<ProgramResult> {
    return sandbox.run([process.execPath, program, ...args], alice);
  }

  it('is installed, started again where it is killed, stopped, and removed', async () => {
    // Not the 15 seconds of the unit.
    await sandbox.write(
      `${alice.home}/.config/systemd/user/countersign.service.d/soon.conf`,
      '[Service]\nRestartSec=100ms\n',
      alice,
    );
    expect(await agent('service', 'install')).toMatchObject({ exitCode: 0, stderr: '' });
    const first = await running(() => agent('status', '--json'));
    expect(statusOf(await agent('service', 'status', '--json'))).toMatchObject({
      current: true,
      enabled: true,
      known: true,
    });
    await sandbox.run(['kill', '-KILL', String(first.processId)]);
    const second = await running(() => agent('status', '--json'), first.processId);
    expect(second.processId).not.toBe(first.processId);
    expect((await agent('service', 'stop')).exitCode).toBe(0);
    expect((await agent('status')).exitCode).toBe(exitCodes.notRunning);
    expect((await agent('service', 'start')).exitCode).toBe(0);
    await running(() => agent('status', '--json'));
    expect((await agent('service', 'uninstall')).exitCode).toBe(0);
    expect((await agent('status')).exitCode).toBe(exitCodes.notRunning);
  });

  it('is upgraded in place: the new program runs, settings and audit log go on', async () => {
    const older = olderVersion();
    try {
      expect(
        (await sandbox.run([process.execPath, older, 'service', 'install'], alice)).exitCode,
      ).toBe(0);
      expect((await running(() => agent('status', '--json'))).version).toBe('0.0.1');
      const settings = (await sandbox.run(['cat', `${alice.home}/.config/countersign/agent.json`]))
        .stdout;
      await deliverJunk();
      expect(statusOf(await agent('service', 'status', '--json')).current).toBe(false);
      expect((await agent('service', 'install')).exitCode).toBe(0);
      const { version } = await running(() => agent('status', '--json'));
      expect(version).not.toBe('0.0.1');
      await deliverJunk();
      expect(
        (await sandbox.run(['cat', `${alice.home}/.config/countersign/agent.json`])).stdout,
      ).toBe(settings);
      const audit = await agent('audit', 'verify', '--json');
      expect(audit.exitCode).toBe(0);
      expect(JSON.parse(audit.stdout)).toMatchObject({ records: 2 });
    } finally {
      rmSync(path.resolve(older, '../../..'), { recursive: true });
    }
  });

  /** A challenge that is none: it fails, and is recorded. */
  async function deliverJunk(): Promise<void> {
    const args = [process.execPath, '-e', browser, String(port), origin, 'junk'];
    expect((await sandbox.run(args, alice)).stdout).toBe('200 400\n');
  }
});

describeWith('the machine’s agent under systemd', [programsComponent, ...systemdComponents], () => {
  const tlsCa = TestCa.root({ commonName: 'TLS Root' });
  const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();
  let server: AuthenticationServer;
  let sandbox: SystemdSandbox;
  let port: number;

  beforeEach(async () => {
    server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
    [port = 0] = await freePorts(1);
    sandbox = await SystemdSandbox.system([alice, bob]);
    await sandbox.write('/etc/countersign/tls.pem', tlsCa.certificate.pem);
    await sandbox.write(
      '/etc/countersign/agent.json',
      JSON.stringify({
        servers: [{ issuer: server.issuer, origins: [server.pageOrigin] }],
        ports: [port],
        caFile: '/etc/countersign/tls.pem',
      }),
    );
    await sandbox.write(
      '/etc/systemd/system/countersign-machine.service.d/soon.conf',
      '[Service]\nRestartSec=100ms\n',
    );
    const installed = await agent('service', 'install', '--machine');
    expect(installed).toMatchObject({ exitCode: 0 });
    await running(() => agent('status', '--machine', '--json'));
    await putMachineIdentity();
  });
  afterEach(async () => {
    await sandbox.end();
    await server.close();
  });

  function agent(...args: readonly string[]): Promise<ProgramResult> {
    return sandbox.run([process.execPath, program, ...args]);
  }

  /** As an administrator does it who has the agent's account own the key. */
  async function putMachineIdentity(): Promise<void> {
    const leaf = issuing.issue({ commonName: 'machine' });
    const keys = '/var/lib/countersign/keys';
    await sandbox.write(
      `${keys}/machine.crt`,
      leaf.pem + issuing.chain.map(({ pem }) => pem).join(''),
    );
    await sandbox.write(`${keys}/machine.key`, leaf.keyPem);
    await sandbox.run(['chown', '-R', 'countersign:countersign', keys]);
    await sandbox.run(['chmod', '600', `${keys}/machine.key`]);
  }

  async function browse(user?: SandboxUser): Promise<string> {
    const args = [String(port), server.pageOrigin, await server.challengeRequest()];
    return (await sandbox.run([process.execPath, '-e', browser, ...args], user)).stdout;
  }

  it('proves the device to every person’s browser, and to no account of the system', async () => {
    expect(await browse(webServer)).toBe('503 503\n');
    expect(await browse()).toBe('503 503\n');
    expect(server.posted).toEqual([]);
    expect(await browse(alice)).toBe('200 200\n');
    expect(await browse(bob)).toBe('200 200\n');
    expect(server.posted).toHaveLength(2);
  });

  it('runs under its own account, and is steered by the administrator alone', async () => {
    const { processId } = await running(() => agent('status', '--machine', '--json'));
    const owner = (await sandbox.run(['stat', '-c', '%U', `/proc/${processId}`])).stdout;
    expect(owner).toBe('countersign\n');
    const asAlice = await sandbox.run([process.execPath, program, 'status', '--machine'], alice);
    expect(asAlice.exitCode).toBe(exitCodes.failure);
    expect(asAlice.stderr).toContain('control_unavailable');
    const status = readFileSync(`/proc/self/status`, 'utf8');
    expect(status).not.toMatch(/^CapEff:\t0+$/m);
    expect((await sandbox.run(['cat', `/proc/${processId}/status`])).stdout).toMatch(
      /^CapEff:\t0+$/m,
    );
    await sandbox.run(['kill', '-KILL', String(processId)]);
    const again = await running(() => agent('status', '--machine', '--json'), processId);
    expect(again.processId).not.toBe(processId);
  });

  it('is removed, and leaves settings, keys and audit log', async () => {
    await browse(alice);
    expect((await agent('service', 'uninstall', '--machine')).exitCode).toBe(0);
    expect((await agent('status', '--machine')).exitCode).toBe(exitCodes.notRunning);
    expect((await agent('service', 'status', '--machine')).exitCode).toBe(exitCodes.notRunning);
    const left = (await sandbox.run(['ls', '/var/lib/countersign', '/etc/countersign'])).stdout;
    expect(left).toContain('audit.jsonl');
    expect(left).toContain('keys');
    expect(left).toContain('agent.json');
  });
});

/** Asks until an agent answers that is not a former one. */
async function running(ask: () => Promise<ProgramResult>, former?: number): Promise<Status> {
  let last: ProgramResult | undefined;
  const answered = await until(async () => {
    last = await ask();
    return last.exitCode === 0 && statusOf(last).processId !== former;
  });
  if (!answered || last === undefined) throw new Error(`no agent runs: ${last?.stderr ?? ''}`);
  return statusOf(last);
}

function statusOf({ stdout, stderr }: ProgramResult): Status {
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Status;
}

/** The program as another version would be, elsewhere. @returns its path */
function olderVersion(): string {
  const root = path.resolve(programsComponent.found ?? '', '../../..');
  const older = mkdtempSync(path.join(tmpdir(), 'countersign-older-'));
  chmodSync(older, 0o755);
  cpSync(path.join(root, 'dist'), path.join(older, 'dist'), { recursive: true });
  symlinkSync(inSandbox(path.join(root, 'node_modules')), path.join(older, 'node_modules'));
  const text = readFileSync(path.join(root, 'package.json'), 'utf8');
  const manifest = { ...(JSON.parse(text) as object), version: '0.0.1' };
  writeFileSync(path.join(older, 'package.json'), JSON.stringify(manifest));
  return path.join(older, 'dist', 'cli', 'countersign.js');
}
