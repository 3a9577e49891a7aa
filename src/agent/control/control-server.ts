/**
 * The agent's end of the control channel: HTTP and JSON over a Unix socket that only this user can
 * reach, or a named pipe. Whoever holds it is this user's one agent.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { AgentError } from '../errors.ts';
import { controlPaths, type AgentStatus } from './control-api.ts';
import { takeInstanceLock, type InstanceLock } from './instance-lock.ts';
import { isAnswering, listenOn } from './socket.ts';

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
  const lock = isPipe(socketPath) ? undefined : await lockFor(socketPath);
  try {
    await listenInPlaceOfDead(server, socketPath);
  } catch (error) {
    lock?.release();
    throw error;
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          lock?.release();
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function lockFor(socketPath: string): Promise<InstanceLock> {
  let lock: InstanceLock | undefined;
  try {
    lock = await takeInstanceLock(socketPath);
  } catch (cause) {
    throw unavailable(socketPath, cause);
  }
  if (lock === undefined) throw new AgentError('already_running');
  return lock;
}

/** Only the holder of the lock comes here, but an agent of a version without one may be running. */
async function listenInPlaceOfDead(server: Server, socketPath: string): Promise<void> {
  if (await isAnswering(socketPath)) throw new AgentError('already_running');
  try {
    if (!isPipe(socketPath)) rmSync(socketPath, { force: true });
    await listenOn(server, socketPath);
    if (!isPipe(socketPath)) chmodSync(socketPath, 0o600);
  } catch (cause) {
    // A pipe's name: another agent may have started at the same moment and won.
    if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new AgentError('already_running', { cause });
    }
    throw unavailable(socketPath, cause);
  }
}

function unavailable(path: string, cause: unknown): AgentError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new AgentError('control_unavailable', {
    message: `The agent’s control socket ${path} cannot be used (${code}).`,
    cause,
  });
}

function isPipe(path: string): boolean {
  return path.startsWith('\\\\.\\pipe\\');
}
