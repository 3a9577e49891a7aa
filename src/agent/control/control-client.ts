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
    throw new AgentError('control_unavailable', { cause });
  }
}

function get(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, timeout: timeoutMs }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new AgentError('control_unavailable'));
      });
    });
    outgoing.once('timeout', () => {
      outgoing.destroy(new Error('The agent did not answer.'));
    });
    outgoing.once('error', (cause: NodeJS.ErrnoException) => {
      const absent = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
      reject(new AgentError(absent ? 'not_running' : 'control_unavailable', { cause }));
    });
    outgoing.end();
  });
}
