import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createLogger, type LogFormat, type LogLevel } from '../../../src/cli/logging.ts';

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
