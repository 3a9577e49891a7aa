import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TransactionStart } from '../../../src/protocol/index.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent, runServerCommand, TestServer } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { declineOf, TestDevice } from '../../testkit/test-device.ts';

/** Writes files into a directory of the running test. @returns their paths */
function files(contents: Readonly<Record<string, string | Buffer>>): readonly string[] {
  const directory = scratchDirectory();
  return Object.entries(contents).map(([name, content]) => {
    writeFileSync(`${directory}/${name}`, content);
    return `${directory}/${name}`;
  });
}

const ca = TestCa.root({ commonName: 'First Root' });
const other = TestCa.root({ commonName: 'Second Root' });

describeWith('countersign-server ca', [programsComponent], () => {
  const inDirectory = () => {
    const directory = `${scratchDirectory()}/data`;
    return (...args: readonly string[]) => runServerCommand(...args, '--data-dir', directory);
  };

  it('adds, lists, shows and removes authorities', () => {
    const run = inDirectory();
    expect(run('ca', 'list').stdout).toContain('no certificate authority yet');
    const added = run(
      'ca',
      'add',
      ...files({ 'a.pem': ca.certificate.pem, b: other.certificate.der }),
    );
    expect(added).toMatchObject({ exitCode: 0, stderr: '' });
    const ids = [...added.stdout.matchAll(/^added ([0-9a-f]{16}) {2}CN=/gm)].map(([, id]) => id);
    expect(ids).toHaveLength(2);
    const [first = '', second = ''] = ids;

    const table = run('ca', 'list').stdout;
    expect(table).toMatch(new RegExp(`^${first} +CN=First Root,O=Test +EC P-256 +20`, 'm'));
    const shown = run('ca', 'show', second);
    expect(shown.stdout).toContain('CN=Second Root,O=Test');
    expect(shown.stdout).toContain(other.certificate.pem);
    expect(shown.stdout).toMatch(/^Valid from +\d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
    expect(shown.stdout).toMatch(/^Added +\d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);

    expect(run('ca', 'remove', first).stdout).toContain('CN=First Root');
    expect(run('ca', 'remove', first)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error: ca_unknown: ') as string,
    });
    const left = JSON.parse(run('ca', 'list', '--json').stdout) as { id: string }[];
    expect(left).toMatchObject([{ certificate: { subject: 'CN=Second Root,O=Test' } }]);
    expect(left[0]?.id).toMatch(new RegExp(`^${second}[0-9a-f]{48}$`));
  });

  it('tells of each file that it refuses, keeps the others, and fails', () => {
    const run = inDirectory();
    const paths = files({
      'key.pem': ca.certificate.keyPem,
      'good.pem': ca.certificate.pem,
      'leaf.pem': ca.issue().pem,
    });
    const { exitCode, stdout, stderr } = run('ca', 'add', ...paths, '/nonexistent.pem');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^added [0-9a-f]{16} {2}CN=First Root,O=Test\n/);
    expect(stderr).toContain(`${paths[0]}: error: ca_file_private_key: `);
    expect(stderr).toContain(`${paths[2]}: error: ca_not_authority: `);
    expect(stderr).toContain('/nonexistent.pem: error: file_unreadable: ');
    expect(stderr).not.toContain('    at ');
    expect(JSON.parse(run('ca', 'list', '--json').stdout)).toHaveLength(1);
  });
});

describeWith('countersign-server', [programsComponent], () => {
  it('tells its version', () => {
    expect(runServerCommand('version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(runServerCommand('version', '--json').stdout).toMatch(/^\{"version":"\d/);
  });

  it.each([
    ['an unknown command', 2, ['nonsense'], 'unknown command'],
    ['a missing argument', 2, ['ca', 'add'], 'missing required argument'],
    ['a limit out of bounds', 2, ['signins', 'list', '--limit', '0'], 'from 1 to 10000'],
    ['a wrong setting', 7, ['run', '--listen', 'x'], 'server_settings_invalid'],
    ['a missing settings file', 7, ['run', '--config', '/no'], 'server_settings_unreadable'],
    ['plain http for the network', 1, ['run', '--listen', '0.0.0.0:0'], 'tls_required'],
    [
      'an issuer with a path',
      7,
      ['run', '--issuer', 'https://auth.example/x'],
      'server_settings_invalid',
    ],
  ])('ends with its own code for %s', (_, exitCode, args, text) => {
    const data = args[0] === 'run' ? ['--data-dir', `${scratchDirectory()}/data`] : [];
    const result = runServerCommand(...args, ...data);
    expect(result).toMatchObject({ exitCode });
    expect(result.stderr).toContain(text);
    expect(result.stderr).not.toContain('    at ');
  });

  it('ends with code 6 where its port is taken, and says so', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { readonly port: number };
    const result = runServerCommand(
      ...['run', '--listen', `127.0.0.1:${port}`, '--data-dir', `${scratchDirectory()}/data`],
    );
    blocker.close();
    expect(result.exitCode).toBe(6);
    expect(result.stderr).toContain(`cannot listen at 127.0.0.1 port ${port}: another program`);
  });

  it.skipIf(process.platform === 'win32')('does not use a data directory that others read', () => {
    const directory = scratchDirectory();
    chmodSync(directory, 0o755);
    const result = runServerCommand('ca', 'list', '--data-dir', directory);
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('data_directory_permissions') as string,
    });
  });
});

describeWith('a start with secrets in files', [programsComponent], () => {
  it.skipIf(process.platform === 'win32').each([
    ['storage', 'passwordFile', { url: 'postgres://countersign@127.0.0.1:1/countersign' }],
    ['tls', 'keyFile', {}],
  ])('warns of a %s.%s that everybody can read, once', (group, member, more) => {
    const [secret = '', config = ''] = files({ secret: 'secret', 'server.json': '' });
    writeFileSync(config, JSON.stringify({ [group]: { ...more, [member]: secret } }));
    const directory = `${scratchDirectory()}/data`;
    // Neither database nor certificate is there: the start ends by itself.
    const start = (mode: number): string => {
      chmodSync(secret, mode);
      return runServerCommand('run', '--config', config, '--data-dir', directory).stderr;
    };
    const isWarning = (line: string): boolean => line.includes(`chmod o-rwx ${secret}`);
    expect(start(0o644).split('\n').filter(isWarning)).toHaveLength(1);
    expect(start(0o602).split('\n').filter(isWarning)).toHaveLength(1);
    expect(start(0o640)).not.toContain('chmod');
  });
});

describeWith('a running countersign-server', [programsComponent], () => {
  let server: TestServer;

  beforeAll(async () => {
    const loopbackPorts = await freePorts(1);
    server = await TestServer.start({ authorities: [ca.certificate.pem], loopbackPorts });
  });
  afterAll(() => server.remove());

  const start = async (): Promise<TransactionStart> => {
    const response = await fetch(`${server.origin}/v1/challenges`, {
      method: 'POST',
      headers: { origin: server.origin },
    });
    return (await response.json()) as TransactionStart;
  };
  const post = (type: string, body: string): Promise<Response> =>
    fetch(`${server.origin}/v1/proofs`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
  const prove = (challenge: string, by: TestCa): string =>
    new TestDevice(by.issue({ commonName: 'laptop-7' })).prove(challenge, new Date());

  it('serves the demonstration and the browser script', async () => {
    expect((await fetch(server.page)).status).toBe(200);
    const script = await fetch(`${server.origin}/client/countersign.js`);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(await script.text()).toContain('countersign');
  });

  it('notices an authority that a command adds', async () => {
    const { challengeRequest } = await start();
    const before = await post('application/jwt', prove(challengeRequest, other));
    expect(await before.json()).toMatchObject({ managed: false });
    server.command('ca', 'add', ...files({ 'b.pem': other.certificate.pem }));
    await expect
      .poll(async () => {
        const again = await start();
        const after = await post('application/jwt', prove(again.challengeRequest, other));
        return (await after.json()) as unknown;
      })
      .toMatchObject({ managed: true });
  });

  it('lists sign-ins with their reasons', async () => {
    const { challengeRequest, transaction } = await start();
    const decline = JSON.stringify(declineOf(challengeRequest, 'device_no_certificate'));
    await post('application/json', decline);
    const table = server.command('signins', 'list', '--refused', '--limit', '1');
    expect(table).toContain('device_no_certificate: No client certificate was found');
    const json = server.command('signins', 'list', '--json');
    const [latest, ...earlier] = JSON.parse(json) as unknown[];
    expect(latest).toMatchObject({ origin: server.origin, result: { transaction } });
    expect(earlier.length).toBeGreaterThanOrEqual(2);
    expect(server.command('signins', 'list', '--managed')).not.toContain('refused');
  });

  it('publishes a key that a command makes, and goes on signing with the old one', async () => {
    const rotated = JSON.parse(server.command('keys', 'rotate', '--json')) as { id: string };
    await expect
      .poll(async () => {
        const answer = await fetch(`${server.origin}/.well-known/jwks.json`);
        const { keys } = (await answer.json()) as { keys: { kid: string }[] };
        return keys.map(({ kid }) => kid);
      })
      .toContain(rotated.id);
    const [header = ''] = (await start()).challengeRequest.split('.');
    expect(Buffer.from(header, 'base64url').toString()).not.toContain(rotated.id);
    expect(server.command('keys', 'list')).toMatch(/ signing +20.*\n.* next +20/);
  });

  it('keeps what it acknowledged when it is killed', async () => {
    const { challengeRequest, transaction } = await start();
    const proof = prove(challengeRequest, ca);
    expect(await (await post('application/jwt', proof)).json()).toMatchObject({ managed: true });
    await server.kill();
    await server.restart();
    const replay = await post('application/jwt', proof);
    expect(await replay.json()).toMatchObject({ code: 'transaction_answered' });
    expect(server.command('signins', 'list', '--json')).toContain(transaction);
  });

  it('ends with code 0 when it is told to stop', async () => {
    expect(await server.stop()).toBe(0);
    expect(server.log).toContain('stopped');
    await server.restart();
  });
});
