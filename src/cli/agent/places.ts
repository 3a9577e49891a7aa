/** Where the agent keeps its things on each operating system. The only reader of these variables. */
import { homedir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Which agent: this user's own, or the one that the machine has for all of its users. */
export type AgentKind = 'user' | 'machine';

/** Files and directories of an agent. */
export interface AgentPlaces {
  /** The settings file that only an administrator may write, and the user's own; a machine agent has none. */
  readonly settingsFiles: readonly [machine: string, user?: string];
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
 * @param kind - whose agent it is
 */
export function agentPlaces(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  kind: AgentKind = 'user',
): AgentPlaces {
  if (kind === 'machine') return machinePlaces(platform, env);
  switch (platform) {
    case 'win32':
      return windowsPlaces(env);
    case 'darwin':
      return macosPlaces();
    default:
      return xdgPlaces(env);
  }
}

/** A machine agent's things are where only its own account and administrators come. */
function machinePlaces(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): AgentPlaces {
  const own = agentPlaces(platform, env, 'user');
  const [machine] = own.settingsFiles;
  if (platform === 'win32' || platform === 'darwin') {
    const directory = join(dirname(machine), 'Machine');
    return {
      settingsFiles: [machine],
      stateDirectory: directory,
      keyDirectory: join(directory, 'Keys'),
      defaultStore: own.defaultStore,
      controlSocket: (stateDirectory) =>
        platform === 'win32'
          ? '\\\\.\\pipe\\countersign-machine-agent'
          : join(stateDirectory, 'agent.sock'),
    };
  }
  return {
    settingsFiles: [machine],
    stateDirectory: '/var/lib/countersign',
    keyDirectory: '/var/lib/countersign/keys',
    defaultStore: pathToFileURL('/var/lib/countersign/keys').href,
    controlSocket: () => '/run/countersign/agent.sock',
  };
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
