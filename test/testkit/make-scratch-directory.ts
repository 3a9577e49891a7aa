import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Makes an empty directory of one's own; the caller removes it. */
export function makeScratchDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), 'countersign-test-'));
}
