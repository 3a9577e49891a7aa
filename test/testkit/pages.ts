/** The documentation's pages, taken apart as a reader takes them: links, headings, code. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** One Markdown page. */
export interface Page {
  /** Path from the project's directory, with `/`. */
  readonly name: string;
  /** The whole text. */
  readonly text: string;
}

/** A fenced piece of code. */
export interface Snippet {
  /** What the fence names it: `json`, `sh`; empty where it names nothing. */
  readonly language: string;
  readonly code: string;
}

/** @returns the page at a path from the project's directory */
export function readPage(name: string): Page {
  return { name, text: readFileSync(path.join(root, name), 'utf8') };
}

/** @returns every page: those beside README.md, and all below docs/ */
export function allPages(): Page[] {
  const below = (directory: string, recursive: boolean) =>
    readdirSync(path.join(root, directory), { recursive, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.posix.join(directory, name.replaceAll(path.sep, '/')));
  return [...below('.', false), ...below('docs', true)].sort().map(readPage);
}

/** @returns the fenced pieces of code, without the fence's own indentation */
export function snippets(page: Page): Snippet[] {
  const fenced = page.text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```$/gm);
  return Array.from(fenced, ([, indent = '', language = '', code = '']) => ({
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

/** @returns the text without fenced code */
export function prose(page: Page): string {
  return page.text.replaceAll(/^( *)```\w*\n[\s\S]*?^\1```$/gm, '');
}

/** @returns the texts between back-ticks, line breaks in them taken for spaces */
export function codeSpans(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, span = '']) => span.replaceAll('\n', ' '));
}

/** @returns the addresses that the page links to or shows pictures from, as they are written */
export function linkTargets(page: Page): string[] {
  const written = prose(page).matchAll(/\]\(([^)\s]+)\)|(?:href|src|srcset)="([^"]+)"/g);
  return Array.from(written, ([, link, attribute]) => link ?? attribute ?? '');
}

/** @returns the anchors of the page's headings, made as GitHub makes them */
export function anchors(page: Page): Set<string> {
  const made = new Set<string>();
  for (const [, heading = ''] of prose(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    let unique = anchor;
    for (let count = 1; made.has(unique); count++) unique = `${anchor}-${count}`;
    made.add(unique);
  }
  return made;
}
