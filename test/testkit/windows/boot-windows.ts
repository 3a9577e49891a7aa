import { spawnSync } from 'node:child_process';

const attempts = 4;

/**
 * Starts the services of a new Windows in Wine; whatever program follows finds them there. Now and
 * then, Wine does not start the first program of all, and says so by an exit code.
 */
export function bootWindows(environment: NodeJS.ProcessEnv): void {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { status } = spawnSync('wine', ['wineboot'], { env: environment, stdio: 'ignore' });
    if (status === 0) return;
  }
  throw new Error(`Windows does not start in Wine: ${environment['WINEPREFIX'] ?? ''}`);
}
