/** Pages of a list ordered by a time and an id: where one ends is where the next begins. */
import { decodeBase64Url, encodeBase64Url, utf8 } from '../../../core/index.ts';
import { ServerError } from '../../errors.ts';
import type { Page, PageQuery } from '../paging.ts';
import type { SqlConnection, SqlValue } from './sql-database.ts';

/** A list, youngest first. */
export interface OrderedList<Row, Item> {
  readonly table: string;
  /** Columns of the order: the time (or number), and the id where that is not unique. */
  readonly order: readonly [string] | readonly [string, string];
  readonly toItem: (row: Row) => Item;
  /** The values of the order's columns. */
  readonly position: (row: Row) => readonly (string | number)[];
}

/** Conditions of a WHERE clause, each with its values. */
export class Conditions {
  readonly #texts: string[] = [];
  readonly values: SqlValue[] = [];

  /**
   * Adds a condition.
   *
   * @param text - SQL with `?` for each value
   */
  add(text: string, ...values: readonly SqlValue[]): void {
    let next = this.values.length;
    this.#texts.push(text.replace(/\?/g, () => `$${(next += 1)}`));
    this.values.push(...values);
  }

  /** Adds `column = value` where there is a value. */
  equal(column: string, value: SqlValue | boolean | undefined): void {
    // Truth stands in the text: an index of the rare case is used where the text says that it is.
    if (typeof value === 'boolean') this.add(`${column} = ${Number(value)}`);
    else if (value !== undefined) this.add(`${column} = ?`, value);
  }

  /** The clause, empty where there is no condition. */
  toString(): string {
    return this.#texts.length === 0 ? '' : `WHERE ${this.#texts.join(' AND ')}`;
  }
}

/**
 * Reads a page.
 *
 * @throws ServerError `cursor_invalid`
 */
export async function readPage<Row, Item>(
  connection: SqlConnection,
  { table, order, toItem, position }: OrderedList<Row, Item>,
  conditions: Conditions,
  { limit, after }: PageQuery,
): Promise<Page<Item>> {
  if (after !== undefined) addPosition(conditions, order, readCursor(after, order.length));
  const direction = order.map((column) => `${column} DESC`).join(', ');
  const sql = `SELECT * FROM ${table} ${conditions.toString()} ORDER BY ${direction} LIMIT ${limit + 1}`;
  const rows = await connection.all<Row>(sql, conditions.values, 'each time');
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), next: more ? writeCursor(position(last)) : undefined };
}

function addPosition(
  conditions: Conditions,
  [first, second]: readonly string[],
  values: readonly (string | number)[],
): void {
  if (first === undefined) return;
  if (second === undefined) conditions.add(`${first} < ?`, ...values);
  else conditions.add(`(${first}, ${second}) < (?, ?)`, ...values);
}

function writeCursor(position: readonly (string | number)[]): string {
  return encodeBase64Url(utf8(JSON.stringify(position)));
}

function readCursor(cursor: string, length: number): readonly (string | number)[] {
  try {
    const position: unknown = JSON.parse(new TextDecoder().decode(decodeBase64Url(cursor)));
    if (Array.isArray(position) && position.length === length) {
      const [time, id] = position as unknown[];
      const fits = typeof time === 'number' && Number.isSafeInteger(time);
      if (fits && (length === 1 || typeof id === 'string')) return position as [number, string];
    }
  } catch {
    // Whatever it is, it is no cursor of ours.
  }
  throw new ServerError('cursor_invalid');
}
