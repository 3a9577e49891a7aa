import type { Readable } from 'node:stream';
import type { Logger } from '../../core/index.ts';

const maxLineLength = 400;
const maxLines = 200;

/**
 * Logs what a child writes to stderr, line by line. It is a third party's text: long lines are cut,
 * and a child that writes without end is heard only so long.
 *
 * @param stream - the child's stderr
 * @param store - the store's URI, for the log
 */
export function logLines(stream: Readable, store: string, logger: Logger): void {
  let pending = '';
  let lines = 0;
  const log = (text: string): void => {
    lines++;
    if (lines > maxLines || text.trim() === '') return;
    // eslint-disable-next-line no-control-regex -- control characters are what must not reach a log
    const line = text.slice(0, maxLineLength).replace(/[\x00-\x1f\x7f]+/g, ' ');
    logger.debug('The store process wrote to stderr', { store, line });
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = (pending + chunk).split('\n');
    pending = (parts.pop() ?? '').slice(0, maxLineLength);
    parts.forEach(log);
  });
  stream.on('end', () => {
    log(pending);
  });
  stream.on('error', () => undefined);
}
