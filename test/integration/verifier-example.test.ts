import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IssuedChallenge } from '../../src/verifier/index.ts';
import { freePorts } from '../testkit/free-ports.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import { TestCa } from '../testkit/test-ca.ts';
import { TestDevice } from '../testkit/test-device.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(`${root}docs/verifier.md`, 'utf8');
const [example = '', withFastify = ''] = Array.from(
  page.matchAll(/```js\n([\s\S]*?)```/g),
  ([, code]) => code,
);

/** The servers that the page shows, as whole programs. */
const programs = {
  'node:http': example,
  Fastify: `import Fastify from 'fastify';\n${example.split('createServer(async')[0] ?? ''}${withFastify}`,
};

describe('the example of docs/verifier.md', () => {
  it('has twenty lines', () => {
    expect(example.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(20);
  });
});

describe.each(Object.entries(programs))('the example of docs/verifier.md with %s', (_, program) => {
  const ca = TestCa.root();
  let server: ChildProcess;
  let issuer: string;

  beforeAll(async () => {
    const directory = makeScratchDirectory();
    mkdirSync(`${directory}/node_modules`);
    symlinkSync(root, `${directory}/node_modules/countersign`);
    symlinkSync(`${root}node_modules/fastify`, `${directory}/node_modules/fastify`);
    writeFileSync(`${directory}/server.mjs`, program);
    writeFileSync(`${directory}/ca.der`, ca.certificate.der);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' });
    writeFileSync(`${directory}/challenge-key.pem`, pem);
    const [port = 0] = await freePorts(1);
    issuer = `http://127.0.0.1:${port}`;
    server = spawn(process.execPath, ['server.mjs'], {
      cwd: directory,
      env: { ...process.env, ISSUER: issuer },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(server, 'exit').then(() => {
      throw new Error('the example ended');
    });
    if (server.stdout === null) throw new Error('no output');
    await Promise.race([once(server.stdout, 'data'), exited]);
    exited.catch(() => undefined);
  });
  afterAll(() => server.kill());

  const post = async (path: string, body = ''): Promise<readonly [number, unknown]> => {
    const headers = { 'content-type': 'application/jwt' };
    const response = await fetch(issuer + path, { method: 'POST', headers, body });
    return [response.status, await response.json()];
  };
  const start = async () => (await post('/v1/challenges'))[1] as IssuedChallenge;

  it('takes a proof once', async () => {
    const proof = new TestDevice(ca.issue()).prove((await start()).challengeRequest, new Date());
    expect(await post('/v1/proofs', proof)).toMatchObject([200, { managed: true }]);
    expect(await post('/v1/proofs', proof)).toEqual([
      400,
      { managed: false, code: 'challenge_not_pending' },
    ]);
  });

  it('refuses the device of another CA, with the reason', async () => {
    const stranger = new TestDevice(TestCa.root().issue());
    const proof = stranger.prove((await start()).challengeRequest, new Date());
    expect(await post('/v1/proofs', proof)).toMatchObject([
      200,
      { managed: false, checks: expect.any(Array) as unknown[] },
    ]);
  });

  it('answers what is no proof', async () => {
    expect(await post('/v1/proofs', 'junk')).toEqual([
      400,
      { managed: false, code: 'jws_malformed' },
    ]);
    expect(await post('/v1/proofs', 'x'.repeat(70_000))).toEqual([
      400,
      { managed: false, code: 'message_too_long' },
    ]);
  });
});
