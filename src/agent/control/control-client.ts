/** The command line's end of the control channel. */
import { request } from 'node:http';
import { AgentError } from '../errors.ts';
import { controlPaths, type AgentStatus } from './control-api.ts';

const timeoutMs = 5_000;

/**
 * Asks the running agent how it is.
 *
 * @param socketPath - where this user's agent listens
 * @throws AgentError `not_running` where nobody does, `control_unavailable` where it does not answer
 */
export async function requestStatus(socketPath: string): Promise<AgentStatus> {
  const text = await get(socketPath, controlPaths.status);
  try {
    // The other end is this user's own agent, of this very package.
    return JSON.parse(text) as AgentStatus;
  } catch (cause) {
    throw unavailable(socketPath, 'its answer is not JSON', cause);
  }
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const absent = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      if (absent) reject(new AgentError('not_running', { cause }));
      else reject(unavailable(socketPath, cause.code ?? cause.message, cause));
    };
    const outgoing = request({ socketPath, path, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.once('error', fail);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(unavailable(socketPath, `it answered ${response.statusCode ?? 0}`));
      });
    });
    outgoing.once('timeout', () => {
      outgoing.destroy(new Error('it does not answer'));
    });
    outgoing.once('error', fail);
    outgoing.end();
  });
}

function unavailable(socketPath: string, reason: string, cause?: unknown): AgentError {
  return new AgentError('control_unavailable', {
    message: `The agent’s control socket ${socketPath} cannot be used (${reason}).`,
    cause,
  });
}
