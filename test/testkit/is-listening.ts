import { once } from 'node:events';
import { connect } from 'node:net';

/** @returns whether somebody takes connections at a port of the loopback interface, or at a socket's path */
export async function isListening(at: number | string): Promise<boolean> {
  const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
