/** Writes the audit log: one JSON line for every challenge that was asked, and what came of it. */
import { appendFileSync, closeSync, fstatSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { describeError, type Logger } from '../../core/index.ts';
import { makeDirectory } from '../../files/index.ts';
import { chainStart, encodeAuditLine, type AuditLink } from './audit-chain.ts';
import { readRotatedTail, readTail, type FileTail } from './audit-files.ts';
import type { AuditEvent, AuditRecord } from './audit-record.ts';
import { rotateFile } from '../rotate-file.ts';

/** When the log is rotated. */
export interface AuditRotation {
  /** Size in bytes from which on a file is full. */
  readonly fileBytes: number;
  /** How many full files are kept beside the one that is written. */
  readonly kept: number;
}

/** About a month of a busy user's sign-ins a file, and a year of them in all. */
export const defaultAuditRotation: AuditRotation = { fileBytes: 1024 * 1024, kept: 12 };

/** Where the file was left. */
interface Position {
  readonly inode: number;
  readonly size: number;
  readonly link: AuditLink;
}

/** Appends to the audit log. One writer a log: the agent, of which a user has one. */
export class AuditLog {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #rotation: AuditRotation;
  #position: Position | undefined;

  /**
   * @param file - absolute path; made with mode 0600, opened for each line so that it may be rotated by
   *   others too
   * @param logger - told where a line could not be written: no sign-in fails for it
   * @param rotation - when it is rotated here
   */
  constructor(file: string, logger: Logger, rotation: AuditRotation = defaultAuditRotation) {
    this.#file = file;
    this.#logger = logger;
    this.#rotation = rotation;
  }

  /**
   * Writes a record. Synchronously: it is with the system before the page has its answer.
   *
   * @returns its place in the chain; undefined where it could not be written
   */
  append(record: AuditRecord): AuditLink | undefined {
    try {
      const { link, size } = this.#write(record);
      if (size >= this.#rotation.fileBytes) this.#rotate();
      return link;
    } catch (error) {
      this.#logger.error('The audit log cannot be written', {
        file: this.#file,
        reason: describeError(error),
      });
      return undefined;
    }
  }

  #write(record: AuditRecord): Position {
    const descriptor = this.#open();
    try {
      const { ino: inode, size } = fstatSync(descriptor);
      const known = this.#position;
      const { prefix, events, link } =
        known?.inode === inode && known.size === size
          ? { prefix: '', events: [], link: known.link }
          : this.#resume(readTail(descriptor, size), record.time);
      let head = link;
      let text = prefix;
      for (const event of [...events, record]) {
        const next = encodeAuditLine(event, head);
        text += `${next.line}\n`;
        head = next.link;
      }
      appendFileSync(descriptor, text);
      this.#position = { inode, size: size + Buffer.byteLength(text), link: head };
      return this.#position;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Whoever has cleared the directory away has not switched the log off by it. */
  #open(): number {
    try {
      return openSync(this.#file, 'a+', 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeDirectory(dirname(this.#file));
      return openSync(this.#file, 'a+', 0o600);
    }
  }

  /**
   * Finds what to continue where the file is not as it was left. What this process wrote last is then
   * still what the next line follows: lines that were taken away meanwhile are missed in the chain.
   */
  #resume(tail: FileTail, time: string): Resumption {
    const known = this.#position?.link;
    const resumption = continueAfter(tail, time, () => this.#before());
    if (known !== undefined) {
      const events = tail.kind === 'damaged' ? [] : resumption.events;
      return { ...resumption, events, link: known };
    }
    if (tail.kind !== 'empty') return resumption;
    return { ...continueAfter(readRotatedTail(this.#file), time, () => chainStart), prefix: '' };
  }

  /** The link that the first line of the file follows. */
  #before(): AuditLink {
    const tail = readRotatedTail(this.#file);
    return tail.kind === 'record' ? tail.link : chainStart;
  }

  #rotate(): void {
    try {
      rotateFile(this.#file, this.#rotation.kept);
    } catch (error) {
      this.#logger.warn('The audit log cannot be rotated', {
        file: this.#file,
        reason: describeError(error),
      });
    }
  }
}

/** How a log is continued. */
interface Resumption {
  /** Ends a line that was left open. */
  readonly prefix: string;
  /** To be recorded first. */
  readonly events: readonly AuditEvent[];
  /** What they follow. */
  readonly link: AuditLink;
}

function continueAfter(tail: FileTail, time: string, before: () => AuditLink): Resumption {
  switch (tail.kind) {
    case 'empty':
      return { prefix: '', events: [], link: before() };
    case 'record':
      return { prefix: tail.ended ? '' : '\n', events: [], link: tail.link };
    case 'torn': {
      const event = { time, event: 'torn_line', bytes: tail.bytes } as const;
      return { prefix: '\n', events: [event], link: tail.link ?? before() };
    }
    case 'damaged': {
      const event = { time, event: 'chain_restarted' } as const;
      return { prefix: tail.ended ? '' : '\n', events: [event], link: chainStart };
    }
  }
}
