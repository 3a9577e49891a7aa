/** Sockets by their path, or pipes by their name. */
import { connect, type Server } from 'node:net';

/**
 * Listens.
 *
 * @throws the system's error
 */
export function listenOn(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether a process listens there. One that is too busy to accept does, too. */
export function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answering: boolean): void => {
      socket.destroy();
      resolve(answering);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      settle(code === 'EAGAIN');
    });
  });
}
