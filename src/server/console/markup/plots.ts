/** Plots as inline SVG, each with its numbers as a table: nobody has to see it to read it. */
import { disclosure } from './elements.ts';
import { html, Html, type HtmlValue } from '../../html/index.ts';
import { table } from './table.ts';

/** One series of a column plot; the first one stands at the bottom. */
export interface Series {
  readonly name: string;
  /** Names the colour and the pattern in the style sheet. */
  readonly tone: 'good' | 'bad' | 'neutral';
}

/** One column: what its place on the axis is called, and a value of each series. */
export interface PlotColumn {
  /** In full, for the table and the pointer. */
  readonly label: string;
  /** On the axis; undefined where there is no room. */
  readonly tick?: string | undefined;
  readonly values: readonly number[];
}

const width = 720;
const height = 220;
const left = 52;
const bottom = 28;
const top = 8;
const plotWidth = width - left;
const plotHeight = height - bottom - top;

/**
 * Stacked columns over time.
 *
 * @param title - what the plot shows
 * @param first - what the first column of its table is called
 */
export function columnPlot(
  title: string,
  first: string,
  series: readonly Series[],
  columns: readonly PlotColumn[],
): Html {
  const highest = Math.max(1, ...columns.map(({ values }) => sum(values)));
  const ceiling = roundUp(highest);
  const step = plotWidth / Math.max(1, columns.length);
  return html`<figure class="plot">
    <figcaption>
      ${
        series.length > 1 &&
        html`<ul class="legend">
          ${series.map(
            ({ name, tone }) =>
              html`<li><span class="swatch" data-tone="${tone}"></span>${name}</li>`,
          )}
        </ul>`
      }
    </figcaption>
    <svg
      viewBox="0 0 ${width} ${height}"
      role="img"
      aria-label="${describe(title, series, columns)}"
    >
      <defs>${hatch()}</defs>
      ${gridLines(ceiling)}
      ${columns.map((column, index) => drawColumn(column, series, left + index * step, step, ceiling))}
    </svg>
    ${disclosure('Show the numbers', numbersTable(title, first, series, columns))}
  </figure>`;
}

/** Denials are hatched, so that they are told apart without colour. */
function hatch(): Html {
  return html`<pattern
    id="hatch"
    width="6"
    height="6"
    patternUnits="userSpaceOnUse"
    patternTransform="rotate(45)"
  >
    <rect width="6" height="6" class="bar-bad-back" />
    <rect width="3" height="6" class="bar-bad" />
  </pattern>`;
}

function gridLines(ceiling: number): Html {
  const lines = [0, ceiling / 2, ceiling].filter(Number.isInteger);
  return html`<g class="axis">
    ${lines.map((value) => {
      const y = yOf(value, ceiling);
      return html`<line x1="${left}" x2="${width}" y1="${y}" y2="${y}" />
        <text x="${left - 8}" y="${y + 5}" text-anchor="end">${shortNumber(value)}</text>`;
    })}
  </g>`;
}

function drawColumn(
  { label, tick, values }: PlotColumn,
  series: readonly Series[],
  x: number,
  step: number,
  ceiling: number,
): Html {
  const gap = Math.min(4, step * 0.25);
  let below = 0;
  const bars = series.map(({ tone }, index) => {
    const value = values[index] ?? 0;
    const y = yOf(below + value, ceiling);
    const length = yOf(below, ceiling) - y;
    below += value;
    if (value === 0) return undefined;
    const fill = tone === 'bad' && new Html(' fill="url(#hatch)"');
    return html`<rect
      class="bar-${tone === 'bad' ? 'hatched' : tone}"
      x="${round(x + gap / 2)}"
      y="${round(y)}"
      width="${round(step - gap)}"
      height="${round(Math.max(1, length))}"
      ${fill}
    />`;
  });
  const words = series.map(({ name }, index) => `${name}: ${values[index] ?? 0}`).join(', ');
  return html`<g>
    <title>${label} – ${words}</title>
    <rect
      class="bar-hit"
      x="${round(x)}"
      y="${top}"
      width="${round(step)}"
      height="${plotHeight}"
    />
    ${bars}
    ${
      tick !== undefined &&
      html`<text class="tick" x="${round(x + step / 2)}" y="${height - 6}" text-anchor="middle"
        >${tick}</text
      >`
    }
  </g>`;
}

function describe(
  title: string,
  series: readonly Series[],
  columns: readonly PlotColumn[],
): string {
  const totals = series.map(({ name }, index) => {
    const total = sum(columns.map(({ values }) => values[index] ?? 0));
    return `${name.toLowerCase()} ${total}`;
  });
  return `${title}: ${totals.join(', ')} in all. The numbers follow as a table.`;
}

function numbersTable(
  title: string,
  first: string,
  series: readonly Series[],
  columns: readonly PlotColumn[],
): Html {
  return table(
    `${title}, in numbers`,
    [
      { title: first, heading: true, cell: ({ label }) => label },
      ...series.map(({ name }, index) => ({
        title: name,
        numeric: true,
        cell: ({ values }: PlotColumn): HtmlValue => values[index] ?? 0,
      })),
    ],
    columns.filter(({ values }) => sum(values) > 0),
  );
}

/** One row of a {@link barTable}. */
export interface BarRow {
  readonly label: HtmlValue;
  readonly value: number;
}

/**
 * Counts by name, each with a bar beside its number; a table in itself.
 *
 * @param caption - what is counted
 * @param name - what the rows are called
 */
export function barTable(caption: string, name: string, rows: readonly BarRow[]): Html {
  const highest = Math.max(1, ...rows.map(({ value }) => value));
  return table(
    caption,
    [
      { title: name, heading: true, cell: ({ label }) => label },
      { title: 'Count', numeric: true, cell: ({ value }) => value },
      {
        title: 'Share',
        hiddenTitle: true,
        cell: ({ value }) =>
          html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-neutral" width="${round((value / highest) * 100)}" height="10" />
          </svg>`,
      },
    ],
    rows,
  );
}

/**
 * How far a span of time has passed, as a bar; its words stand beside it.
 *
 * @param fraction - 0 at its start, 1 and more after its end
 */
export function spanBar(fraction: number): Html {
  const passed = Math.min(1, Math.max(0, fraction));
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="bar-track" width="100" height="10" />
    <rect
      class="bar-${fraction > 1 ? 'bad' : 'neutral'}"
      width="${round(passed * 100)}"
      height="10"
    />
  </svg>`;
}

function yOf(value: number, ceiling: number): number {
  return top + plotHeight * (1 - value / ceiling);
}

/** The next of 1, 2, 4, 5, 10, 20, 40, 50, 100 … */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function shortNumber(value: number): string {
  if (value < 10_000) return String(value);
  return value < 1_000_000 ? `${value / 1000}k` : `${value / 1_000_000}M`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
