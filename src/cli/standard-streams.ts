/** What becomes of a program whose standard output or standard error cannot be written. */
import { exitCodes } from './exit-codes.ts';

/**
 * Keeps a program alive whose output nobody reads any more (`| head`, a terminal that was closed), where
 * Node would end it with a stack trace: it does what it was told and ends with its own exit code. Output
 * that is lost for another reason, such as a full disk, is told once and makes it end as a failure.
 */
export function surviveUnwritableOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.stdout.once('error', ({ code = 'unknown reason' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    process.stderr.write(`error: file_unwritable: Standard output cannot be written (${code}).\n`);
    // Whoever runs the program has yet to say how it ended.
    process.once('exit', (exitCode) => {
      if (exitCode === exitCodes.success) process.exitCode = exitCodes.failure;
    });
  });
}
