import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'vitest';

describe('docs/errors.md', () => {
  it('lists every code of every table with its sentence, and nothing else', async () => {
    // Rejects, with the script's own words, where page and tables differ.
    await promisify(execFile)(process.execPath, ['scripts/errors-page.mjs', '--check']);
  });
});
