import { appendFileSync, statSync } from 'node:fs';
import { Writable } from 'node:stream';
import { rotateFile } from '../agent/rotate-file.ts';
import { describeError } from '../core/index.ts';

/** When a log file is rotated. */
export interface LogRotation {
  /** Size in bytes from which on the file is full. */
  readonly fileBytes: number;
  /** How many full files are kept beside the one that is written. */
  readonly kept: number;
}

/** Some weeks of the agent's log. */
export const defaultLogRotation: LogRotation = { fileBytes: 2 * 1024 * 1024, kept: 4 };

/**
 * A log file for systems whose service manager keeps no log. What the file cannot take goes to standard
 * error, with the reason once: a full disk ends the log, not the program.
 *
 * Not winston's own transport for files (3.19): it says that it has finished before its last lines are
 * written, so that those of an agent that ends are lost, and of a full disk it says nothing.
 *
 * @param file - absolute path; made with mode 0600
 * @param fallback - standard error
 * @param rotation - when it is rotated
 */
export function logFile(
  file: string,
  fallback: NodeJS.WritableStream,
  rotation: LogRotation = defaultLogRotation,
): Writable {
  let reported = false;
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        appendFileSync(file, chunk, { mode: 0o600 });
        if (statSync(file).size >= rotation.fileBytes) rotateFile(file, rotation.kept);
      } catch (error) {
        if (!reported) fallback.write(`The log file cannot be written: ${describeError(error)}\n`);
        reported = true;
        fallback.write(chunk);
      }
      done();
    },
  });
}
