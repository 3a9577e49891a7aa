/** Clients that are slow on purpose: the server serves the others, and ends the slow ones. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAuditLog } from '../../../src/server/audit/index.ts';
import { TestCa } from '../../testkit/test-ca.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { adminToken, readAnswer, ServerRig } from './server-rig.ts';

interface SlowClient {
  readonly socket: Socket;
  /** What came back, once the server has closed the connection. */
  readonly answer: Promise<string>;
}

async function open({ port }: ServerRig, allowHalfOpen = false): Promise<SlowClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // Written to after the server has closed it.
  socket.on('error', () => undefined);
  const answer = new Promise<string>((resolve) => {
    socket.once('close', () => {
      resolve(text);
    });
  });
  await once(socket, 'connect');
  return { socket, answer };
}

async function signIn(rig: ServerRig): Promise<string> {
  const device = new TestDevice(rig.issuing.issue(), rig.issuing);
  const { challengeRequest } = await rig.browser().start();
  const proof = device.prove(challengeRequest, rig.clock.now());
  return (await readAnswer(await rig.postProof(proof))).code;
}

describe('slow clients', () => {
  it('by the hundred keep nobody from signing in, and are ended', async () => {
    const rig = await ServerRig.start({ limits: { requestTimeout: 2000 } });
    const head = `POST /v1/proofs HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\n`;
    const typed = `${head}Content-Type: application/jwt\r\nContent-Length: 60000\r\n\r\n`;
    const beginnings = ['', 'P', head, `${head}X-Slow: `, typed, `${typed}eyJ`];
    const clients: SlowClient[] = [];
    for (let index = 0; index < 300; index += 1) {
      const client = await open(rig);
      client.socket.write(beginnings[index % beginnings.length] ?? '');
      clients.push(client);
    }
    expect(await signIn(rig)).toBe('device_managed');
    const answers = await Promise.all(clients.map(({ answer }) => answer));
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(await signIn(rig)).toBe('device_managed');
    await rig.close();
  });

  it('that drip their body are ended too, however steadily it comes', async () => {
    const rig = await ServerRig.start({ limits: { requestTimeout: 1000 } });
    const { socket, answer } = await open(rig);
    const dripping = setInterval(() => socket.write('a'), 20);
    socket.write(`POST /v1/proofs HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\n`);
    socket.write('Content-Type: application/jwt\r\nContent-Length: 60000\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(dripping);
    await rig.close();
  });

  it('that go on after they were told to end are cut off', async () => {
    const rig = await ServerRig.start({ limits: { requestTimeout: 500 } });
    const { socket, answer } = await open(rig, true);
    const dripping = setInterval(() => socket.write('a'), 20);
    socket.write(`POST /v1/proofs HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\n`);
    socket.write('Content-Type: application/jwt\r\nContent-Length: 60000\r\n\r\n');
    expect(await answer).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(dripping);
    await rig.close();
  });

  it('that do not finish their TLS handshake are ended', async () => {
    const { pem: certificate, keyPem: privateKey } = TestCa.root().issue();
    const rig = await ServerRig.start({
      ...{ issuer: 'https://localhost', tls: { certificate, privateKey } },
      limits: { requestTimeout: 500 },
    });
    const silent = await open(rig);
    const begun = await open(rig);
    // The head of a handshake record of 256 bytes, which do not come (RFC 8446 section 5.1).
    begun.socket.write(Buffer.from('1603010100', 'hex'));
    expect(await Promise.all([silent.answer, begun.answer])).toEqual(['', '']);
    await rig.close();
  });

  it('that do not read a large answer hold up nobody, and are ended', async () => {
    const rig = await ServerRig.start({ limits: { stallTimeout: 500, stopTimeout: 60_000 } });
    const audit = createAuditLog(rig.storage.audit, rig.clock);
    const after = { text: 'x'.repeat(60_000) };
    const entries = 300;
    for (let index = 0; index < entries; index += 1) {
      await audit.append({ actor: 'alice', via: 'cli', action: 'policy.add', target: 'p', after });
    }
    const { socket, answer } = await open(rig);
    socket.write(
      `GET /admin/api/audit/export HTTP/1.1\r\nHost: 127.0.0.1:${rig.port}\r\n` +
        `Authorization: Bearer ${adminToken}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.pause();
    expect(await signIn(rig)).toBe('device_managed');
    // Waits for every connection on which a request is served: for this one, as long as it is let.
    await rig.close();
    socket.resume();
    const text = await answer;
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text.split('\n').length).toBeLessThan(entries);
  });
});
