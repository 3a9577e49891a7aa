/** Where the agent keeps its things on each operating system. The only reader of these variables. */
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Files and directories of the agent for the present user. */
export interface AgentPlaces {
  /** The settings file that only an administrator may write, and the user's own. */
  readonly settingsFiles: readonly [machine: string, user: string];
  /** The agent's own directory. */
  readonly stateDirectory: string;
  /** The agent's own directory of PEM and PFX files. */
  readonly keyDirectory: string;
  /** URI of the store that is used where the settings name none. */
  readonly defaultStore: string;
  /** The control socket, or the name of the pipe. */
  readonly controlSocket: (stateDirectory: string) => string;
}

/**
 * Finds the places.
 *
 * @param platform - as process.platform
 * @param env - the process's environment
 */
export function agentPlaces(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): AgentPlaces {
  switch (platform) {
    case 'win32':
      return windowsPlaces(env);
    case 'darwin':
      return macosPlaces();
    default:
      return xdgPlaces(env);
  }
}

/** XDG Base Directory Specification 0.8; relative paths in its variables are to be ignored. */
function xdgPlaces(env: NodeJS.ProcessEnv): AgentPlaces {
  const directory = (variable: string, ...fallback: string[]): string => {
    const value = env[variable];
    return value?.startsWith('/') === true ? value : join(homedir(), ...fallback);
  };
  const runtime = env['XDG_RUNTIME_DIR'];
  const keyDirectory = join(directory('XDG_DATA_HOME', '.local', 'share'), 'countersign', 'keys');
  return {
    settingsFiles: [
      '/etc/countersign/agent.json',
      join(directory('XDG_CONFIG_HOME', '.config'), 'countersign', 'agent.json'),
    ],
    stateDirectory: join(directory('XDG_STATE_HOME', '.local', 'state'), 'countersign'),
    keyDirectory,
    defaultStore: pathToFileURL(keyDirectory).href,
    controlSocket: (stateDirectory) =>
      runtime?.startsWith('/') === true
        ? join(runtime, 'countersign', 'agent.sock')
        : join(stateDirectory, 'agent.sock'),
  };
}

function macosPlaces(): AgentPlaces {
  const support = join(homedir(), 'Library', 'Application Support', 'Countersign');
  return {
    settingsFiles: [
      '/Library/Application Support/Countersign/agent.json',
      join(support, 'agent.json'),
    ],
    stateDirectory: support,
    keyDirectory: join(support, 'Keys'),
    defaultStore: 'macos:',
    controlSocket: (stateDirectory) => join(stateDirectory, 'agent.sock'),
  };
}

function windowsPlaces(env: NodeJS.ProcessEnv): AgentPlaces {
  const machine = env['ProgramData'] ?? 'C:\\ProgramData';
  const local = env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return {
    settingsFiles: [
      join(machine, 'Countersign', 'agent.json'),
      join(local, 'Countersign', 'agent.json'),
    ],
    stateDirectory: join(local, 'Countersign'),
    keyDirectory: join(local, 'Countersign', 'Keys'),
    defaultStore: 'windows:',
    controlSocket: () => `\\\\.\\pipe\\countersign-agent-${userInfo().username}`,
  };
}
