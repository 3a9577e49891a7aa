import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { expect, describe, it } from 'vitest';
import { logFile } from '../../../src/cli/log-file.ts';
import { createLogger } from '../../../src/cli/logging.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

describe('logFile', () => {
  it('keeps the log in files that only their owner can read, and so many of them', async () => {
    const directory = scratchDirectory();
    const file = path.join(directory, 'agent.log');
    const stream = logFile(file, process.stderr, { fileBytes: 1_000, kept: 2 });
    const logger = createLogger({ level: 'info', format: 'text', stream });
    for (let i = 0; i < 100; i++) logger.info('A line of the log', { i });
    await logger.close();
    const names = readdirSync(directory).sort();
    expect(names.filter((name) => name !== 'agent.log')).toEqual(['agent.log.1', 'agent.log.2']);
    const text = ['agent.log.2', 'agent.log.1', 'agent.log']
      .filter((name) => names.includes(name))
      .map((name) => readFileSync(path.join(directory, name), 'utf8'))
      .join('');
    const numbers = [...text.matchAll(/i=(\d+)$/gm)].map(([, number]) => Number(number));
    expect(numbers).toEqual(numbers.map((_, index) => 100 - numbers.length + index));
    expect(statSync(path.join(directory, 'agent.log.1')).size).toBeLessThan(1_200);
    expect(statSync(path.join(directory, 'agent.log.1')).mode & 0o777).toBe(0o600);
  });

  it('says once that it cannot be written, loses no line, and goes on when it can', async () => {
    let told = '';
    const fallback = new Writable({
      write(chunk: Buffer, _encoding, done) {
        told += chunk.toString();
        done();
      },
    });
    const file = path.join(scratchDirectory(), 'agent.log');
    mkdirSync(file);
    const logger = createLogger({ level: 'info', format: 'text', stream: logFile(file, fallback) });
    logger.info('one');
    logger.info('two');
    await logger.close();
    expect(told).toMatch(
      /^The log file cannot be written: EISDIR.*\n\S+ info {2}one\n\S+ info {2}two\n$/,
    );
    rmdirSync(file);
    logger.info('three');
    await logger.close();
    expect(readFileSync(file, 'utf8')).toMatch(/three\n$/);
  });
});
