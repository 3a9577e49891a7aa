// Benches run on plain Node against dist/; the testkit is TypeScript, so it is bundled on the way in.
import { mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/**
 * Imports a module of test/testkit.
 *
 * @param {string} name - its path without `.ts`
 */
export async function loadTestkit(name) {
  const output = fileURLToPath(new URL('../output/testkit/', import.meta.url));
  mkdirSync(output, { recursive: true });
  const outfile = `${output}${name}.mjs`;
  await build({
    entryPoints: [fileURLToPath(new URL(`../testkit/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    define: {
      'import.meta.url': JSON.stringify(new URL(`../testkit/${name}.ts`, import.meta.url).href),
    },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
