/** Tables of data, and the way from one page of a list to the next. */
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import { address, type QueryParameters } from './address.ts';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => HtmlValue;
  /** True where the cell names its row. */
  readonly heading?: boolean;
  /** True for numbers. */
  readonly numeric?: boolean;
  /** True for a word or two that stay on one line where there is room. */
  readonly short?: boolean;
  /** True where the title is for screen readers only. */
  readonly hiddenTitle?: boolean;
}

/**
 * A table with a caption.
 *
 * @param caption - what it is a table of; shown to screen readers, whose users come to it directly
 * @param id - for scripts
 */
export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  id?: string,
): Html {
  const idAttribute = id !== undefined && html` id="${id}"`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table ${idAttribute}>
      <caption class="visually-hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(headCell)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column) => bodyCell(column, row))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function headCell<Row>(column: Column<Row>): Html {
  const { title, hiddenTitle = false } = column;
  const text = hiddenTitle ? html`<span class="visually-hidden">${title}</span>` : title;
  return html`<th scope="col" class="${classOf(column)}">${text}</th>`;
}

function classOf<Row>({ numeric = false, short = false }: Column<Row>): string {
  return [...(numeric ? ['numeric'] : []), ...(short ? ['short'] : [])].join(' ');
}

/** Its column's title stands beside the cell where the screen is too narrow for columns. */
function bodyCell<Row>(column: Column<Row>, row: Row): Html {
  const { title, cell, heading = false, hiddenTitle = false } = column;
  const content = cell(row);
  const label = hiddenTitle ? '' : title;
  if (heading) return html`<th scope="row" data-label="${label}">${content}</th>`;
  return html`<td class="${classOf(column)}" data-label="${label}">${content}</td>`;
}

/**
 * Links to the first and the next page of a list.
 *
 * @param path - of the list
 * @param filters - what it is filtered by
 * @param after - where this page starts; undefined on the first one
 * @param next - where the next page starts; undefined on the last one
 */
export function pager(
  path: readonly string[],
  filters: QueryParameters,
  after: string | undefined,
  next: string | undefined,
): Html | undefined {
  if (after === undefined && next === undefined) return undefined;
  return html`<nav class="pager" aria-label="Pages">
    ${
      after !== undefined &&
      html`<a class="button" data-kind="plain" href="${address(path, filters)}">First page</a>`
    }
    ${
      next !== undefined &&
      html`<a
        class="button"
        data-kind="plain"
        rel="next"
        href="${address(path, { ...filters, after: next })}"
        >Next page</a
      >`
    }
  </nav>`;
}
