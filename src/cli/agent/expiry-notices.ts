/** Tells the person at the desktop when a certificate ends soon, once a day. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expiryNotice, withNotice, type ToldNotices } from '../../agent/notice/expiry-notice.ts';
import {
  describeError,
  isJsonObject,
  parseStrictJson,
  type Clock,
  type Logger,
} from '../../core/index.ts';
import type { Certificate } from '../../pki/index.ts';
import { noticeCommand, type NoticeCommand } from './desktop-notice.ts';
import { startTool, type ToolResult } from './run-tool.ts';

/** What {@link ExpiryNotices} works with. */
export interface ExpiryNoticeOptions {
  readonly platform: NodeJS.Platform;
  /** How long before a certificate's end people are told; undefined: never. May change. */
  readonly days: () => number | undefined;
  /** Absolute path of the file that remembers what they were told. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Runs the program that shows a notice; the real one unless told. */
  readonly show?: (notice: NoticeCommand) => Promise<ToolResult>;
}

const fileLimits = { maxLength: 64 * 1024, maxDepth: 2 };

/** Shows notices. Nothing that fails here keeps a sign-in waiting or fails it. */
export class ExpiryNotices {
  readonly #options: ExpiryNoticeOptions;

  constructor(options: ExpiryNoticeOptions) {
    this.#options = options;
  }

  /** To be told of each certificate that has proven the device. */
  async used(certificate: Certificate): Promise<void> {
    const { platform, days, file, clock, logger, show = startTool } = this.#options;
    const limit = days();
    if (limit === undefined) return;
    const now = clock.now();
    const sha256 = createHash('sha256').update(certificate.der).digest('hex');
    const told = readTold(file);
    const notice = expiryNotice({ certificate, sha256 }, limit, told, now);
    const command = notice && noticeCommand(platform, notice);
    if (command === undefined) return;
    try {
      // First: where it cannot be remembered, nobody is to be told with every sign-in.
      writeFileSync(file, JSON.stringify(withNotice(told, sha256, now)), { mode: 0o600 });
      const { exitCode, text } = await show(command);
      if (exitCode !== 0) logger.warn('A notice could not be shown', { reason: text });
    } catch (error) {
      logger.warn('A notice could not be shown', { reason: describeError(error) });
    }
  }
}

function readTold(file: string): ToldNotices {
  try {
    const value = parseStrictJson(readFileSync(file, 'utf8'), fileLimits);
    const entries = isJsonObject(value) ? Object.entries(value) : [];
    return Object.fromEntries(
      entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    // Not there yet, or spoilt: at worst a notice is shown again.
    return {};
  }
}
