import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPage, snippets } from '../../testkit/pages.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readPage('docs/architecture.md');
const map = snippets(page)[0]?.code ?? '';

/** What is read of a rule; those that are no layer's have other forms of `pathNot`. */
interface LayerRule {
  readonly name: string;
  readonly to: { readonly pathNot: string };
}

function folders(directory: string): string[] {
  return readdirSync(`${root}${directory}`, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** The folders that the map names below one of src: on its line, and on the deeper ones after it. */
function named(layer: string): string[] {
  const [, below = ''] = map.split(new RegExp(`^  ${layer}/`, 'm'));
  const lines = below.split(/\n(?! {6})/)[0] ?? '';
  return Array.from(
    lines.matchAll(/(?<=\s)([a-z0-9-]+)\/(?=\s|$)/g),
    ([, name = '']) => name,
  ).sort();
}

describe('docs/architecture.md', () => {
  it('names every layer, and no other', () => {
    const layers = Array.from(map.matchAll(/^ {2}([a-z]+)\//gm), ([, name = '']) => name);
    expect(layers.sort()).toEqual(folders('src'));
  });

  it.each(['keystore', 'agent', 'server'])(
    'names every folder of src/%s, and no other',
    (layer) => {
      expect(named(layer)).toEqual(folders(`src/${layer}`));
    },
  );

  it('names the kinds of tests, and no others', () => {
    const [line = ''] = /^test\/.*$/m.exec(map) ?? [];
    const kinds = Array.from(line.matchAll(/ ([a-z0-9]+)\/(?= |$)/g), ([, name = '']) => name);
    expect(kinds.sort()).toEqual(folders('test').filter((name) => name !== 'output'));
  });

  it('lets layers import what the checked rules let them import', () => {
    const { forbidden } = createRequire(import.meta.url)(`${root}.dependency-cruiser.cjs`) as {
      readonly forbidden: readonly LayerRule[];
    };
    const rules = forbidden
      .filter(({ name }) => name.startsWith('layer-'))
      .map(({ name, to }) => {
        const allowed = /\(([^)]*)\)/.exec(to.pathNot)?.[1]?.split('|') ?? [];
        return [name.slice('layer-'.length), allowed.slice(1).sort()] as const;
      });
    const [, table = ''] = page.text.split('## Who may import whom');
    const rows = Array.from(table.matchAll(/^\| ([a-z, ]+?) +\| ([a-z, ]+?) +\|$/gm)).flatMap(
      ([, layers = '', allowed = '']) =>
        layers.split(', ').map((layer) => [
          layer,
          allowed
            .split(', ')
            .filter((name) => name !== 'nothing')
            .sort(),
        ]),
    );
    expect(Object.fromEntries(rows)).toEqual({
      layer: ['may import'],
      cli: ['anything'],
      ...Object.fromEntries(rules),
    });
  });
});
