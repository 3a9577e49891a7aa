/** The service's description, rendered by the code that `countersign service install` runs. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Plans the service of all users for an application in its place.
 *
 * @param {string} root - of the repository, with dist/ built
 * @param {NodeJS.Platform} platform - of the package
 * @param {readonly string[]} program - absolute paths of the runtime and the entry point in the installed system
 * @returns {Promise<{ name: string, content: Buffer }>} the one file that describes it
 */
export async function serviceFile(root, platform, program) {
  const load = (file) => import(pathToFileURL(path.join(root, 'dist', file)).href);
  const { planService } = await load('agent/service/service-plan.js');
  const { exitCodes } = await load('cli/exit-codes.js');
  const plan = planService(platform, {
    scope: 'all-users',
    // systemd keeps what a service writes; launchd keeps nothing.
    command: [...program, 'run', ...(platform === 'linux' ? [] : ['--log-file'])],
    alreadyRunningExitCode: exitCodes.alreadyRunning,
    serviceHost: undefined,
    user: { name: 'root', id: 0 },
    directories: { home: '/', machineSettings: '/etc/countersign', userSettings: '/' },
  });
  const [file] = plan.files;
  return { name: path.posix.basename(file.path), content: file.content };
}
