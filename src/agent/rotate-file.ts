import { renameSync } from 'node:fs';

/**
 * Rotates a file away: it becomes `FILE.1`, that one `FILE.2` and so on.
 *
 * @param file - absolute path
 * @param kept - how many rotated files are kept; the one beyond goes
 * @throws the system's error where a file cannot be renamed
 */
export function rotateFile(file: string, kept: number): void {
  for (let number = kept - 1; number >= 1; number--) {
    try {
      renameSync(`${file}.${number}`, `${file}.${number + 1}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  renameSync(file, `${file}.1`);
}
