import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ServerRig } from './server-rig.ts';

/** Opens a connection and sends a request whose body of 4 bytes is still to come. */
async function sendHead({ port }: ServerRig): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const answer = once(socket, 'close').then(() => text);
  socket.write(
    `POST /v1/proofs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nExpect: 100-continue\r\n` +
      'Content-Type: application/jwt\r\nContent-Length: 4\r\n\r\n',
  );
  // "100 Continue": the server has the request.
  await once(socket, 'data');
  text = '';
  return { socket, answer };
}

describe('a server that is told to stop', () => {
  it('answers the requests under way, closes their connections, and takes no new ones', async () => {
    const rig = await ServerRig.start();
    const { socket, answer } = await sendHead(rig);
    const closed = rig.close();
    await expect(rig.fetch('/healthz')).rejects.toThrow();
    socket.write('junk');
    expect(await answer).toMatch(/^HTTP\/1\.1 400 .*connection: close.*jws_malformed/is);
    await closed;
  });

  it('does not wait for ever', async () => {
    const rig = await ServerRig.start({ limits: { stopTimeout: 100 } });
    const { answer } = await sendHead(rig);
    await rig.close();
    expect(await answer).toBe('');
  });

  it('cannot be started where another program listens', async () => {
    const rig = await ServerRig.start();
    const listen = { host: '127.0.0.1', port: rig.port };
    await expect(ServerRig.start({ listen })).rejects.toMatchObject({ code: 'listen_failed' });
    await rig.close();
  });
});
