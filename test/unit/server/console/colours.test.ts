/** The colours of every page: readable in light and in dark (WCAG 2.2, 1.4.3 and 1.4.11). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const sheet = readFileSync(
  new URL('../../../../src/server/sign-in-page/page/foundation.css', import.meta.url),
  'utf8',
);
const tokens = new Map(
  Array.from(
    sheet.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g),
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

type Pair = readonly [text: string, back: string];

const texts: readonly Pair[] = [
  ...['page', 'card', 'inset'].flatMap((back): Pair[] => [
    ['text', back],
    ['muted', back],
    ['accent', back],
  ]),
  ...['good', 'bad', 'warn'].flatMap((tone): Pair[] => [
    [tone, `${tone}-back`],
    [tone, 'card'],
    ['text', `${tone}-back`],
  ]),
  ['on-accent', 'accent'],
  ['accent', 'accent-back'],
  ['muted', 'accent-back'],
  ['accent', 'warn-back'],
  ['accent', 'bad-back'],
  ['muted', 'bad-back'],
];

describe.each(['light', 'dark'] as const)('in %s', (scheme) => {
  const colour = (name: string): string => {
    const token = tokens.get(name);
    if (token === undefined) throw new Error(`no colour ${name}`);
    return token[scheme];
  };

  it.each(texts)('%s is readable on %s', (text, back) => {
    expect(contrast(colour(text), colour(back))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([
    ['control', 'card'],
    ['control', 'page'],
    ['accent', 'page'],
    ['good', 'card'],
    ['bad', 'card'],
  ])('edges and bars of %s stand out from %s', (edge, back) => {
    expect(contrast(colour(edge), colour(back))).toBeGreaterThanOrEqual(3);
  });
});
