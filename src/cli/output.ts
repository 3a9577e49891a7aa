/** What commands print for people (tables, ASCII rules) and for programs (JSON). */

/** Where a command writes; a parameter, so that tests can read it. */
export interface Output {
  /** Writes to standard output. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  /** Columns of the terminal; undefined where standard output is none. */
  readonly columns: number | undefined;
}

/** The process's own streams. */
export const processOutput: Output = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  get columns() {
    return process.stdout.isTTY ? process.stdout.columns : undefined;
  },
};

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Whether its cells may be wrapped where the table is too wide; others keep their width. */
  readonly wrap?: boolean;
}

const gap = '  ';
const narrowestWrapped = 12;
const narrowestScreen = 80;
const reportColumns = 120;

/**
 * The width to print at: the terminal's, 80 columns at least; without end where there is none, so that
 * a program which reads the lines finds each row in one.
 */
export function printWidth(columns: number | undefined): number {
  return columns === undefined ? Infinity : Math.max(columns, narrowestScreen);
}

/** As {@link printWidth}, for sentences: people read them in files and tickets too. */
export function reportWidth(columns: number | undefined): number {
  return printWidth(columns ?? reportColumns);
}

/**
 * Makes a table with a ruled head. Cells wrap at spaces; a word longer than its column is broken, where
 * it can be behind the punctuation of a name, a path or a URI.
 *
 * @param columns - titles, and which columns may wrap
 * @param rows - one text per column; control characters in them are made visible
 * @param width - columns of the screen; infinite where nothing is to wrap
 * @returns lines, each ended by a line feed
 */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = rows.map((row) => columns.map((_, index) => printable(row[index] ?? '')));
  const fitted = fitWidths(columns, cells, width);
  const head = columns.map((column) => column.title);
  const rule = fitted.map((size) => '-'.repeat(size));
  return [head, rule, ...cells].map((row) => formatRow(row, fitted)).join('');
}

/**
 * Makes a list of names and values, one a line, the values aligned and wrapped.
 *
 * @param entries - name and value
 * @param width - columns of the screen
 */
export function formatFields(
  entries: readonly (readonly [name: string, value: string])[],
  width: number,
): string {
  const nameWidth = Math.max(0, ...entries.map(([name]) => name.length));
  const valueWidth = Math.max(narrowestWrapped, width - nameWidth - gap.length);
  return entries
    .map(([name, value]) => formatRow([name, printable(value)], [nameWidth, valueWidth]))
    .join('');
}

/** JSON for programs: two spaces of indentation, one line feed at the end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * Shows control, bidirectional and other invisible characters as \u{…}: a name in a certificate
 * must not be able to move the cursor or to disguise itself.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/**
 * Shrinks the wrapping columns, the widest first, until the table fits or none can give more: first as
 * far as words are broken behind punctuation at most, then as far as it takes.
 */
function fitWidths(
  columns: readonly TableColumn[],
  cells: readonly (readonly string[])[],
  width: number,
): number[] {
  const longest = (separator: RegExp | string): number[] =>
    columns.map(({ title }, index) => {
      const words = cells.flatMap((row) => (row[index] ?? '').split(separator));
      return words.reduce((most, word) => Math.max(most, word.length), title.length);
    });
  const fitted = longest('\n');
  const floors = [longest(/ |(?<=[,;/?&])/), columns.map(({ title }) => title.length)];
  for (const floor of floors) {
    const smallest = columns.map(({ wrap }, index) =>
      wrap === true ? Math.max(narrowestWrapped, floor[index] ?? 0) : Infinity,
    );
    shrink(fitted, smallest, width);
  }
  return fitted;
}

function shrink(fitted: number[], smallest: readonly number[], width: number): void {
  const total = (): number =>
    fitted.reduce((sum, size) => sum + size, 0) + gap.length * (fitted.length - 1);
  while (total() > width) {
    let widest = -1;
    fitted.forEach((size, index) => {
      if (size > (smallest[index] ?? Infinity) && size > (fitted[widest] ?? 0)) widest = index;
    });
    if (widest === -1) break;
    fitted[widest] = (fitted[widest] ?? 0) - 1;
  }
}

function formatRow(cells: readonly string[], fitted: readonly number[]): string {
  const wrapped = cells.map((cell, index) => wrapText(cell, fitted[index] ?? 0));
  const height = Math.max(1, ...wrapped.map((lines) => lines.length));
  let text = '';
  for (let line = 0; line < height; line++) {
    const padded = wrapped.map((lines, index) => {
      const part = lines[line] ?? '';
      return index === wrapped.length - 1 ? part : part.padEnd(fitted[index] ?? 0);
    });
    text += `${padded.join(gap).trimEnd()}\n`;
  }
  return text;
}

function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (rest.length > width) {
      const size = breakOf(rest, width);
      lines.push(rest.slice(0, size));
      rest = rest.slice(size);
    }
    line = rest;
  }
  lines.push(line);
  return lines;
}

/** Where to break a word: behind the last punctuation that fits, or else anywhere. */
function breakOf(word: string, width: number): number {
  const head = word.slice(0, width);
  const behind = head.search(/[,;/?&][^,;/?&]*$/) + 1;
  return behind === 0 ? width : behind;
}
