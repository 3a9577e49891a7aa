import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import { logLines } from '../../../../src/keystore/hosted/stderr-log.ts';

function logged(...chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = new PassThrough();
  logLines(stream, 'pkcs11:', {
    ...silentLogger,
    debug: (_, fields) => lines.push(String(fields?.['line'])),
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return new Promise((resolve) =>
    stream.on('close', () => {
      resolve(lines);
    }),
  );
}

describe('what a store process writes to stderr', () => {
  it('is logged line by line, however it arrives', async () => {
    expect(await logged('one\ntw', 'o\n\n', 'three')).toEqual(['one', 'two', 'three']);
  });

  it('cannot put control characters into the log', async () => {
    expect(await logged('a\u001b[31m\rb\n')).toEqual(['a [31m b']);
  });

  it('is cut where a line or the whole has no end', async () => {
    const [line = ''] = await logged('x'.repeat(100_000));
    expect(line).toHaveLength(400);
    expect(await logged('line\n'.repeat(100_000))).toHaveLength(200);
  });
});
