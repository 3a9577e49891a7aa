/** The command lines that the documentation prints, against the programs' own command trees. */
import { Command } from 'commander';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { allPages, codeSpans, prose, readPage, snippets, type Page } from '../../testkit/pages.ts';

const programs = new Map<string, Command>();

/** Runs a program's main file up to where it would read its command line. */
async function loadProgram(main: string): Promise<void> {
  const parse = vi.spyOn(Command.prototype, 'parseAsync').mockImplementation(function (
    this: Command,
  ) {
    programs.set(this.name(), this);
    return Promise.resolve(this);
  });
  await import(main);
  parse.mockRestore();
}

beforeAll(async () => {
  await loadProgram('../../../src/cli/countersign.ts');
  await loadProgram('../../../src/cli/countersign-server.ts');
});

afterEach(() => {
  vi.restoreAllMocks();
});

function program(name: string): Command {
  const found = programs.get(name);
  if (found === undefined) throw new Error(`${name} was not loaded`);
  return found;
}

/** Commands without sub-commands, with the words that call them. */
function leaves(command: Command, words: readonly string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[words.join(' '), command]];
  return command.commands.flatMap((child) => leaves(child, [...words, child.name()]));
}

const flagsOf = (command: Command): string[] => command.options.map(({ long }) => long ?? '');
const flagsIn = (text: string): string[] =>
  Array.from(text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g), ([flag]) => flag);

/** Follows a printed command line; what stands after the command's words is left to it. */
function resolve(start: Command, line: string): { command: Command; unknown: string[] } {
  let command = start;
  const words = line.split(/\s+/).slice(1);
  for (const word of words) {
    const child = command.commands.find((candidate) => candidate.name() === word);
    if (child === undefined) break;
    command = child;
  }
  const next = words[start === command ? 0 : 1];
  const lost = command.commands.length > 0 && next !== undefined && /^[a-z]+$/.test(next);
  const known = [...flagsOf(command), ...flagsOf(start), '--help', '--debug'];
  const flags = flagsIn(line).filter((flag) => !known.includes(flag));
  return { command, unknown: [...(lost ? [next] : []), ...flags] };
}

/** Every command line of one of the two programs in a page: in code spans, and in code. */
function commandLines(page: Page): string[] {
  const code = snippets(page)
    .filter(({ language }) => ['', 'sh', 'bat'].includes(language))
    .flatMap((snippet) => snippet.code.replaceAll(/\\\n/g, ' ').split('\n'));
  const indented = prose(page).match(/^ {4}\S.*$/gm) ?? [];
  return [...codeSpans(prose(page)), ...code, ...indented.map((line) => line.trim())]
    .map((line) => line.replace(/^\$ /, '').replace(/\s#.*$/, ''))
    .filter((line) => /^countersign(-server)? [a-z-]/.test(line));
}

describe('command lines in the documentation', () => {
  it.each(allPages().map((page) => [page.name, page] as const))(
    '%s prints only commands and options that exist',
    (_name, page) => {
      const wrong = commandLines(page).filter((line) => {
        const { unknown } = resolve(program(line.split(' ')[0] ?? ''), line);
        return unknown.length > 0;
      });
      expect(wrong).toEqual([]);
    },
  );
});

describe.each([
  ['docs/cli.md', 'countersign'],
  ['docs/cli-server.md', 'countersign-server'],
])('%s', (file, name) => {
  const page = readPage(file);
  const sections = new Map(
    page.text.split(/^## /m).map((section) => {
      const [heading = ''] = section.split('\n', 1);
      return [heading, section] as const;
    }),
  );
  /** Options that the page describes once, before its first section, for all commands that have them. */
  const general = [...flagsIn(page.text.split('## ')[0] ?? ''), '--config'];
  /** The section of a command: `backup, restore, storage move` is that of three. */
  const sectionOf = (words: string): string =>
    Array.from(sections).find(([heading]) =>
      heading.split(', ').some((title) => words === title || words.startsWith(`${title} `)),
    )?.[1] ?? '';

  it('describes every command', () => {
    const missing = leaves(program(name)).filter(([words]) => {
      const last = words.split(' ').at(-1) ?? '';
      const spans = [...codeSpans(sectionOf(words)), sectionOf(words).split('\n', 1)[0] ?? ''];
      return !spans.some((span) => span.includes(words) || span === last);
    });
    expect(missing.map(([words]) => words)).toEqual([]);
  });

  it('describes every option with its command', () => {
    const missing = leaves(program(name)).flatMap(([words, command]) =>
      flagsOf(command)
        .filter((flag) => !general.includes(flag) && !flagsIn(sectionOf(words)).includes(flag))
        .map((flag) => `${words} ${flag}`),
    );
    expect(missing).toEqual([]);
  });

  it('describes no option that is not there', () => {
    const known = leaves(program(name)).flatMap(([, command]) => flagsOf(command));
    expect(flagsIn(page.text).filter((flag) => ![...known, ...general].includes(flag))).toEqual([]);
  });
});
