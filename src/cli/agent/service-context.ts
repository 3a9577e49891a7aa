import { homedir, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServiceScope } from '../../agent/service/service-description.ts';
import type { ServiceRequest } from '../../agent/service/service-request.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { agentPlaces } from './places.ts';
import { runTool } from './run-tool.ts';
import type { ServiceContext } from './service-commands.ts';

/** Options of the service commands. */
export interface ServiceOptions {
  readonly allUsers?: boolean;
  readonly machine?: boolean;
  readonly config?: string;
}

/** What the service commands work with on this machine: the program that runs now is what is installed. */
export function serviceContext(options: ServiceOptions, output: Output): ServiceContext {
  return { platform: process.platform, request: serviceRequest(options), runTool, output };
}

/** What is asked for, on this machine and of its present user. */
export function serviceRequest(options: ServiceOptions): ServiceRequest {
  const { platform, env, execPath, argv } = process;
  const [machine, user] = agentPlaces(platform, env).settingsFiles;
  const kind = options.machine === true ? ['--machine'] : [];
  const settings = options.config === undefined ? [] : ['--config', resolve(options.config)];
  return {
    scope: scopeOf(options),
    // systemd keeps what a service writes; the others keep nothing.
    command: [
      execPath,
      resolve(argv[1] ?? ''),
      ...['run', ...kind, ...settings, ...(platform === 'linux' ? [] : ['--log-file'])],
    ],
    alreadyRunningExitCode: exitCodes.alreadyRunning,
    serviceHost: platform === 'win32' ? serviceHost() : undefined,
    user: {
      name:
        platform === 'win32'
          ? `${env['USERDOMAIN'] ?? '.'}\\${userInfo().username}`
          : userInfo().username,
      id: process.getuid?.(),
    },
    directories: {
      home: homedir(),
      machineSettings: dirname(machine),
      userSettings: dirname(user ?? machine),
    },
  };
}

function scopeOf({ allUsers, machine }: ServiceOptions): ServiceScope {
  if (machine === true) return 'machine';
  return allUsers === true ? 'all-users' : 'user';
}

/** The program that comes with the package's other binaries. */
function serviceHost(): string {
  const file = `../../../prebuilds/win32-${process.arch}-service.exe`;
  return fileURLToPath(new URL(file, import.meta.url));
}
