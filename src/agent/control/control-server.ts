/**
 * The agent's end of the control channel: HTTP and JSON over a Unix socket that only this user can
 * reach, or a named pipe. Whoever holds it is this user's one agent.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { AgentError } from '../errors.ts';
import { controlPaths, type AgentStatus } from './control-api.ts';

/** An open control channel. */
export interface ControlServer {
  /** Stops answering and removes the socket. */
  close(): Promise<void>;
}

/**
 * Opens the control channel. A socket that a dead agent left behind is replaced.
 *
 * @param socketPath - in a directory that only this user can enter, or a pipe's name
 * @param status - makes the answer to a request for the agent's status
 * @throws AgentError `already_running` or `control_unavailable`
 */
export async function openControlServer(
  socketPath: string,
  status: () => AgentStatus,
): Promise<ControlServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== controlPaths.status) {
      response.writeHead(404, { connection: 'close' }).end();
      return;
    }
    const body = JSON.stringify(status());
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(body);
  });
  let failure = await listen(server, socketPath);
  if (failure === 'EADDRINUSE') {
    if (await answers(socketPath)) throw new AgentError('already_running');
    removeStale(socketPath);
    failure = await listen(server, socketPath);
  }
  // Another agent may have started at the same moment and won.
  if (failure === 'EADDRINUSE') throw new AgentError('already_running');
  if (failure !== undefined) throw unavailable(socketPath, failure);
  if (!isPipe(socketPath)) chmodSync(socketPath, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      resolve(error.code ?? 'unknown');
    };
    server.once('error', onError);
    server.listen(path, () => {
      server.off('error', onError);
      resolve(undefined);
    });
  });
}

/** Whether somebody accepts connections on a socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', () => {
      settle(false);
    });
  });
}

function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    throw unavailable(path, (cause as NodeJS.ErrnoException).code ?? 'unknown', cause);
  }
}

function unavailable(path: string, code: string, cause?: unknown): AgentError {
  return new AgentError('control_unavailable', {
    message: `The agent’s control socket ${path} cannot be used (${code}).`,
    cause,
  });
}

function isPipe(path: string): boolean {
  return path.startsWith('\\\\.\\pipe\\');
}
