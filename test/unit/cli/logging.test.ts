import { closeSync, fstatSync, openSync } from 'node:fs';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  createLogger,
  isJournal,
  type LogFormat,
  type LogLevel,
} from '../../../src/cli/logging.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

function memory(): { stream: Writable; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}

async function logged(level: LogLevel, format: LogFormat): Promise<string> {
  const { stream, text } = memory();
  const logger = createLogger({ level, format, stream });
  logger.error('store failed', { store: 'file:/keys', attempts: 2, gone: undefined });
  logger.debug('detail', { text: 'a "b"\u001b[2J' });
  await logger.close();
  return text();
}

describe('createLogger', () => {
  it('writes one line of text with its fields', async () => {
    expect(await logged('info', 'text')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z error store failed {2}store=file:\/keys {2}attempts=2\n$/,
    );
  });

  it('gives the journal the level of each line, and no time of its own', async () => {
    const { stream, text } = memory();
    const logger = createLogger({ level: 'debug', format: 'text', stream, toJournal: true });
    logger.error('one', { store: 'a b' });
    logger.warn('two\n<0>forged');
    logger.info('three');
    logger.debug('four');
    await logger.close();
    expect(text()).toBe('<3>one  store="a b"\n<4>two\\u{a}<0>forged\n<6>three\n<7>four\n');
  });

  it('writes one JSON object a line', async () => {
    const [line = '', rest] = (await logged('info', 'json')).split('\n');
    expect(rest).toBe('');
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      message: 'store failed',
      store: 'file:/keys',
      attempts: 2,
    });
  });

  it('takes another level while it is open', async () => {
    const { stream, text } = memory();
    const logger = createLogger({ level: 'warn', format: 'text', stream });
    logger.info('one');
    logger.setLevel('debug');
    logger.debug('two');
    logger.setLevel('error');
    logger.warn('three');
    await logger.close();
    expect(text()).toMatch(/^\S+ debug two\n$/);
  });

  it('writes debug lines only where asked, and no control character', async () => {
    const text = await logged('debug', 'text');
    expect(text).toContain('debug detail  text="a \\"b\\"\\\\u{1b}[2J"');
    expect(text).not.toContain('\u001b');
  });
});

describe('isJournal', () => {
  it('knows the stream that the service manager named, and no other', () => {
    const file = openSync(path.join(scratchDirectory(), 'stream'), 'w');
    const { dev, ino } = fstatSync(file);
    expect(isJournal(`${dev}:${ino}`, file)).toBe(true);
    expect(isJournal(`${dev}:${ino + 1}`, file)).toBe(false);
    expect(isJournal(undefined, file)).toBe(false);
    closeSync(file);
  });
});
