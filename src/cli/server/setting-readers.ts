/** Readers of single settings, from JSON (the settings file) and from text (environment, options). */
import type { JsonValue } from '../../core/index.ts';

/** How one setting is read. */
export interface SettingReader<T> {
  /** What its value must be, after "must be". */
  readonly rule: string;
  /** @returns undefined where the value is not what it must be */
  fromJson(value: JsonValue): T | undefined;
  /** @returns undefined where the text is not what it must be */
  fromText(text: string): T | undefined;
}

/** Text that a function accepts, or any that is not empty. */
export function text(
  rule = 'a text that is not empty',
  accept: (text: string) => boolean = (value) => value !== '',
): SettingReader<string> {
  const read = (value: JsonValue): string | undefined =>
    typeof value === 'string' && accept(value) ? value : undefined;
  return { rule, fromJson: read, fromText: read };
}

/** A whole number within bounds. */
export function wholeNumber(smallest: number, largest: number): SettingReader<number> {
  const read = (value: JsonValue): number | undefined =>
    typeof value === 'number' && Number.isInteger(value) && value >= smallest && value <= largest
      ? value
      : undefined;
  return {
    rule: `a whole number from ${smallest} to ${largest}`,
    fromJson: read,
    fromText: (value) => (/^\d{1,15}$/.test(value) ? read(Number(value)) : undefined),
  };
}

/** true or false. */
export function flag(): SettingReader<boolean> {
  return {
    rule: 'true or false',
    fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
    fromText: (value) => (value === 'true' ? true : value === 'false' ? false : undefined),
  };
}

/** One of several words. */
export function choice<Word extends string>(words: readonly Word[]): SettingReader<Word> {
  const read = (value: JsonValue): Word | undefined => words.find((word) => word === value);
  return { rule: `one of ${words.join(', ')}`, fromJson: read, fromText: read };
}

/** A list; in text, separated by commas. */
export function list<T>(item: SettingReader<T>, largest: number): SettingReader<readonly T[]> {
  const read = <Raw>(
    values: readonly Raw[],
    readItem: (value: Raw) => T | undefined,
  ): readonly T[] | undefined => {
    const items = values.map(readItem);
    const good = items.filter((value) => value !== undefined);
    return good.length === items.length && items.length <= largest ? good : undefined;
  };
  return {
    rule: `a list of at most ${largest}, each ${item.rule}`,
    fromJson: (value) =>
      Array.isArray(value)
        ? read(value as readonly JsonValue[], (entry) => item.fromJson(entry))
        : undefined,
    fromText: (value) =>
      value === '' ? [] : read(value.split(','), (entry) => item.fromText(entry.trim())),
  };
}

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, an IPv6 host in brackets. */
export function listenAddress(): SettingReader<ListenAddress> {
  const read = (value: JsonValue): ListenAddress | undefined => {
    if (typeof value !== 'string') return undefined;
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(value);
    const host = match?.[1] ?? match?.[2];
    const port = Number(match?.[3]);
    return host !== undefined && port <= 65535 ? { host, port } : undefined;
  };
  return { rule: 'HOST:PORT, such as 127.0.0.1:8480 or [::]:443', fromJson: read, fromText: read };
}
