/**
 * The programs' log: winston behind core's Logger, on standard error. winston takes longer to load
 * than an agent may take to start, so it is loaded with the first line, which waits for it.
 */
import { fstatSync } from 'node:fs';
import type { Logger, LogFields } from '../core/index.ts';
import { printable } from './output.ts';

/** Levels of the log, from the fewest lines to the most. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number];

/** How lines look: for people, or one JSON object a line. */
export const logFormats = ['text', 'json'] as const;

/** One of {@link logFormats}. */
export type LogFormat = (typeof logFormats)[number];

/** Settings of {@link createLogger}. */
export interface LoggerSettings {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Where lines go; standard error unless told. */
  readonly stream?: NodeJS.WritableStream;
  /** Whether lines go to systemd's journal, which has a time of its own and takes levels (sd-daemon(3)). */
  readonly toJournal?: boolean;
}

/** A logger that can be waited for. */
export interface ClosableLogger extends Logger {
  /** Resolves when every line so far has been handed to the stream. */
  close(): Promise<void>;
  /** Writes lines up to another level from now on. */
  setLevel(level: LogLevel): void;
}

type Line = LogFields & {
  readonly level: LogLevel;
  readonly message: string;
  readonly timestamp: string;
};
type Sink = (line: Line) => void;

/** Makes the log. Lines of a level that is not wanted cost nothing. */
export function createLogger(settings: LoggerSettings): ClosableLogger {
  let wanted = levelsUpTo(settings.level);
  let sink: Promise<Sink> | undefined;
  let written: Promise<void> = Promise.resolve();
  const log = (level: LogLevel, message: string, fields: LogFields | undefined): void => {
    if (!wanted.includes(level)) return;
    const line = { ...fields, level, message, timestamp: new Date().toISOString() };
    sink ??= openSink(settings);
    written = Promise.all([sink, written]).then(([write]) => {
      write(line);
    });
  };
  return {
    error: (message, fields) => {
      log('error', message, fields);
    },
    warn: (message, fields) => {
      log('warn', message, fields);
    },
    info: (message, fields) => {
      log('info', message, fields);
    },
    debug: (message, fields) => {
      log('debug', message, fields);
    },
    close: () => written,
    setLevel: (level) => {
      wanted = levelsUpTo(level);
    },
  };
}

function levelsUpTo(level: LogLevel): readonly LogLevel[] {
  return logLevels.slice(0, logLevels.indexOf(level) + 1);
}

/**
 * Whether a stream is connected to systemd's journal (systemd.exec(5), `$JOURNAL_STREAM`).
 *
 * @param variable - the variable's value: device and inode of the stream
 * @param descriptor - of the stream
 */
export function isJournal(variable: string | undefined, descriptor: number): boolean {
  if (variable === undefined) return false;
  const { dev, ino } = fstatSync(descriptor);
  return variable === `${dev}:${ino}`;
}

async function openSink(settings: LoggerSettings): Promise<Sink> {
  const { default: winston } = await import('winston');
  const logger = winston.createLogger({
    // Lines have been sifted before they come here.
    level: 'debug',
    format:
      settings.format === 'json'
        ? winston.format.json()
        : winston.format.printf(settings.toJournal === true ? journalLine : textLine),
    transports: [
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston declares its transports as interfaces that extend its abstract class
      new winston.transports.Stream({ stream: settings.stream ?? process.stderr, eol: '\n' }),
    ],
  });
  return (line) => void logger.log(line);
}

/** What winston hands over. */
type WinstonLine = Readonly<Record<string | symbol, unknown>>;

/** Levels of syslog(3). */
const journalLevels: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** `<6>message  name=value …` */
function journalLine(line: WinstonLine): string {
  const { level, message, ...fields } = line as unknown as Line;
  const pairs = pairsOf({ ...fields, timestamp: undefined });
  return `<${journalLevels[level]}>${printable(message)}${pairs}`;
}

/** `2026-01-31T12:00:00.000Z info  message  name=value …` */
function textLine(line: WinstonLine): string {
  const { level, message, timestamp, ...fields } = line as unknown as Line;
  return `${timestamp} ${level.padEnd(5)} ${printable(message)}${pairsOf(fields)}`;
}

function pairsOf(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `  ${name}=${typeof value === 'string' ? quoted(value) : String(value)}`,
    )
    .join('');
}

function quoted(value: string): string {
  const text = printable(value);
  return /[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text;
}
