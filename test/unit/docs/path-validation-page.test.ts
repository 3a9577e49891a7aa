import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultPathLimits, pathRules } from '../../../src/pki/index.ts';

const page = readFileSync(new URL('../../../docs/path-validation.md', import.meta.url), 'utf8');
const rows = new Map(
  [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(([, name = '', ...rest]) => [
    name,
    rest,
  ]),
);

describe('docs/path-validation.md', () => {
  it('lists every rule with its place and sentence, and no other', () => {
    const listed = [...rows].filter(([name]) => !(name in defaultPathLimits));
    expect(Object.fromEntries(listed)).toEqual(
      Object.fromEntries(
        Object.entries(pathRules).map(([code, rule]) => [code, [rule.reference, rule.sentence]]),
      ),
    );
  });

  it('states the limits that hold', () => {
    for (const [name, value] of Object.entries<number>({ ...defaultPathLimits })) {
      expect(page).toMatch(
        new RegExp(`\\| \`${name}\` +\\| +${value.toLocaleString('en-US')} \\|`),
      );
    }
  });
});
