import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { programsComponent, serverProgram } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

/** The files that a command of the program loaded, as Node's coverage lists them. */
function filesLoadedBy(...args: readonly string[]): readonly string[] {
  const directory = scratchDirectory();
  const env = { ...process.env, NODE_V8_COVERAGE: directory };
  const { status } = spawnSync(process.execPath, [serverProgram, ...args], { env });
  expect(status).toBe(0);
  return readdirSync(directory).flatMap((name) => {
    const coverage = JSON.parse(readFileSync(`${directory}/${name}`, 'utf8')) as {
      readonly result: readonly { readonly url: string }[];
    };
    return coverage.result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
}

/** Packages of {@link filesLoadedBy}. */
function packagesOf(files: readonly string[]): ReadonlySet<string | undefined> {
  const found = files.map((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]);
  return new Set(found.filter((name) => name !== undefined));
}

describeWith('countersign-server', [programsComponent], () => {
  it.each([
    [['--help']],
    [['version']],
    [['ca', '--help']],
    [['storage', 'move', '--help']],
    [['run', '--help']],
  ])('%j loads no library but that of command lines', (args) => {
    expect([...packagesOf(filesLoadedBy(...args))]).toEqual(['commander']);
  });

  it('ca list loads neither the web server nor the OpenID provider', () => {
    const files = filesLoadedBy('ca', 'list', '--data-dir', `${scratchDirectory()}/data`);
    const packages = packagesOf(files);
    expect(packages).toContain('better-sqlite3');
    expect(packages).not.toContain('fastify');
    expect(packages).not.toContain('oidc-provider');
  });
});
