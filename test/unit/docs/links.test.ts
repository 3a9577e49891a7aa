import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allPages, anchors, linkTargets, readPage, type Page } from '../../testkit/pages.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const pages = allPages();

/** @returns what is wrong with a link within the project, if anything */
function fault(page: Page, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page.name : path.posix.join(path.posix.dirname(page.name), file);
  if (!existsSync(path.join(root, target))) return `${link}: there is no such file`;
  if (anchor === undefined || anchors(readPage(target)).has(anchor)) return undefined;
  return `${link}: there is no such heading`;
}

describe('the documentation', () => {
  it.each(pages.map((page) => [page.name, page] as const))(
    '%s links to files and headings that are there',
    (_name, page) => {
      const inside = linkTargets(page).filter((link) => !/^[a-z]+:/.test(link));
      expect(inside.flatMap((link) => fault(page, link) ?? [])).toEqual([]);
    },
  );

  it('can be read from README.md on: links lead to every page', () => {
    const reached = new Set(['README.md']);
    for (const name of reached) {
      for (const link of linkTargets(readPage(name))) {
        const file = link.split('#')[0] ?? '';
        const target = path.posix.join(path.posix.dirname(name), file);
        if (!/^[a-z]+:/.test(link) && file.endsWith('.md')) reached.add(target);
      }
    }
    expect(pages.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual([]);
  });
});
