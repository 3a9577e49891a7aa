import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes an empty directory of one's own; the caller removes it. */
export function makeScratchDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), 'countersign-test-'));
}

/** Makes an empty directory of one's own that goes away with the running test. */
export function scratchDirectory(): string {
  const directory = makeScratchDirectory();
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}
