/** Structured fields of a log line. Never a secret, a PIN, a token or a whole certificate. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** What every layer logs through; src/cli puts winston behind it. Messages do not end in a period. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const ignore = (): void => undefined;

/** Logs nothing: the default where an embedder gives no logger. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
