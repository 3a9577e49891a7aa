import { describe, expect, it } from 'vitest';
import {
  address,
  barTable,
  choiceGroup,
  columnPlot,
  facts,
  formatDistance,
  formatDuration,
  pager,
  table,
  textArea,
  textField,
} from '../../../../src/server/console/markup/index.ts';

const now = new Date('2026-03-01T12:00:00Z');
const hostile = `"><script>alert(1)</script>`;

describe('an address', () => {
  it('encodes segments and parameters, and leaves out what is empty', () => {
    const path = address(['devices', '../a b?#'], { text: 'x&y=z', after: undefined, state: '' });
    expect(path).toBe('/admin/devices/..%2Fa%20b%3F%23?text=x%26y%3Dz');
  });
});

describe('a distance in time', () => {
  it.each([
    ['2026-03-01T12:00:30Z', 'just now'],
    ['2026-03-01T11:59:00Z', '1 minute ago'],
    ['2026-03-01T09:00:00Z', '3 hours ago'],
    ['2026-02-27T13:00:00Z', '47 hours ago'],
    ['2026-02-27T11:00:00Z', '2 days ago'],
    ['2026-03-06T12:00:00Z', 'in 5 days'],
  ])('of %s is %s', (time, text) => {
    expect(formatDistance(time, now)).toBe(text);
  });

  it('of less than a minute has no words', () => {
    expect(formatDuration(59_999)).toBeUndefined();
  });
});

describe('a field', () => {
  it('ties its label, hint and fault to the control', () => {
    const markup = textField({ name: 'a.b', label: 'Name', hint: 'Short.', fault: 'Too long.' });
    const text = markup.toString();
    expect(text).toMatch(/<label for="field-a-b">Name<\/label>/);
    expect(text).toMatch(/id="field-a-b"/);
    expect(text).toMatch(/aria-describedby="field-a-b-hint field-a-b-fault"\s+aria-invalid="true"/);
    expect(text).toMatch(/id="field-a-b-fault">Too long\.</);
  });

  it.each([
    ['a line', textField({ name: 'n', label: hostile, value: hostile })],
    ['lines', textArea({ name: 'n', label: hostile, value: `</textarea>${hostile}` })],
    [
      'choices',
      choiceGroup({
        ...{ name: 'n', label: hostile, type: 'radio', values: [hostile] },
        choices: [{ value: hostile, label: hostile, hint: hostile }],
      }),
    ],
  ])('escapes what it is given: %s', (_kind, markup) => {
    expect(markup.toString()).not.toContain('<script>');
    expect(markup.toString().match(/<\/textarea/g)?.length ?? 0).toBeLessThan(2);
  });

  it('keeps a leading line break of its lines', () => {
    const [, value] =
      /<textarea[^>]*>([\s\S]*)<\/textarea/.exec(
        textArea({ name: 'n', label: 'N', value: '\nx' }).toString(),
      ) ?? [];
    // A browser drops the first line break after the tag.
    expect(value).toBe('\n\nx');
  });
});

describe('a table', () => {
  const columns = [
    { title: 'Name', heading: true, cell: (row: string) => row },
    { title: 'Length', numeric: true, cell: (row: string) => row.length },
  ];

  it('names itself, its columns and its rows', () => {
    const text = table('Words', columns, ['<b>']).toString().replace(/\s+/g, ' ');
    expect(text).toContain('<caption class="visually-hidden"> Words </caption>');
    expect(text).toContain('<th scope="col" class="numeric">Length</th>');
    expect(text).toContain('<th scope="row" data-label="Name">&lt;b&gt;</th>');
    expect(text).toContain('<td class="numeric" data-label="Length">3</td>');
  });

  it('leads to its next page with its filters, and has no pager for one page', () => {
    expect(pager(['devices'], { text: 'a' }, undefined, undefined)).toBeUndefined();
    const text = pager(['devices'], { text: 'a&b' }, undefined, 'c+d')?.toString();
    expect(text).toContain('href="/admin/devices?text=a%26b&amp;after=c%2Bd"');
  });
});

describe('facts', () => {
  it('leave out what is not there', () => {
    const text = facts([
      ['A', undefined],
      ['B', false],
      ['C', ''],
      ['D', 0],
    ]).toString();
    expect(text).toMatch(/<dt>D<\/dt>/);
    expect(text).not.toMatch(/<dt>[ABC]<\/dt>/);
  });
});

describe('a plot', () => {
  const series = [
    { name: 'Allowed', tone: 'good' },
    { name: 'Denied', tone: 'bad' },
  ] as const;
  const columns = [
    { label: '2026-03-01', tick: '03-01', values: [3, 1] },
    { label: '2026-03-02', values: [0, 0] },
  ];
  const text = columnPlot('Verdicts', 'Day', series, columns).toString();

  it('says what it shows, and gives its numbers as a table', () => {
    expect(text).toContain('aria-label="Verdicts: allowed 3, denied 1 in all.');
    expect(text).toMatch(/<caption[^>]*>\s*Verdicts, in numbers/);
    expect(text).toMatch(/<title>2026-03-01 – Allowed: 3, Denied: 1<\/title>/);
  });

  it('stacks its bars to scale', () => {
    const bars = Array.from(
      text.matchAll(
        /class="bar-(good|hatched)"\s+x="[\d.]+"\s+y="([\d.]+)"[^>]*?height="([\d.]+)"/g,
      ),
      ([, tone, y, height]) => [tone, Number(y), Number(height)] as const,
    );
    expect(bars.map(([tone]) => tone)).toEqual(['good', 'hatched']);
    const [[, goodY, good] = ['', 0, 0], [, badY, bad] = ['', 0, 0]] = bars;
    expect(good).toBeCloseTo(3 * bad, 1);
    expect(badY + bad).toBeCloseTo(goodY, 1);
  });

  it.each([0, 1, 11, 999_999, 12_345_678])('draws %i without a number that is none', (value) => {
    const drawn = columnPlot('V', 'D', series, [{ label: 'x', values: [value, 0] }]).toString();
    expect(drawn).not.toMatch(/NaN|Infinity|-\d+(\.\d+)?"/);
  });

  it('of no column at all is drawn', () => {
    expect(columnPlot('V', 'D', series, []).toString()).not.toMatch(/NaN|Infinity/);
  });

  it('by name is a table with bars beside the numbers', () => {
    const bars = barTable('Reasons', 'Reason', [
      { label: '<x>', value: 4 },
      { label: 'y', value: 1 },
    ]).toString();
    expect(bars).toContain('&lt;x&gt;');
    expect(Array.from(bars.matchAll(/width="([\d.]+)" height="10"/g), ([, w]) => w)).toEqual([
      '100',
      '25',
    ]);
  });
});
