import { spawnSync } from 'node:child_process';

const attempts = 4;

/**
 * Starts a program in Wine, and again where Wine says by its exit code that it did not start it: that
 * is 1, which must be no code of the program's own.
 *
 * @param start - runs the program to its end
 */
export function insistOnStart<Run extends { readonly exitCode: number | null }>(
  start: () => Run,
): Run {
  let run = start();
  for (let attempt = 1; run.exitCode === 1 && attempt < attempts; attempt += 1) run = start();
  return run;
}

/**
 * Starts the services of a new Windows in Wine; whatever program follows finds them there. Now and
 * then, Wine does not start the first program of all.
 */
export function bootWindows(environment: NodeJS.ProcessEnv): void {
  const { exitCode } = insistOnStart(() => {
    const { status } = spawnSync('wine', ['wineboot'], { env: environment, stdio: 'ignore' });
    return { exitCode: status };
  });
  if (exitCode !== 0) {
    throw new Error(`Windows does not start in Wine: ${environment['WINEPREFIX'] ?? ''}`);
  }
}
