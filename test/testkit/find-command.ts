import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** @returns where a command is found along PATH, undefined where it is not */
export function findCommand(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((directory) => path.join(directory, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
