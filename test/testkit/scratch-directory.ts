import { rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { makeScratchDirectory } from './make-scratch-directory.ts';

/** Makes an empty directory of one's own that goes away with the running test. */
export function scratchDirectory(): string {
  const directory = makeScratchDirectory();
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export { makeScratchDirectory } from './make-scratch-directory.ts';
