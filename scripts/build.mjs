// Builds dist/: plain tsc output for Node, one small bundle of the sign-in page's script, and the
// demonstration's page.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });

// An incremental build leaves behind what it once made of a source that is gone.
for (const file of readdirSync(`${root}/dist`, { recursive: true })) {
  const source = /^(.*?)\.(?:js|d\.ts)(?:\.map)?$/.exec(file)?.[1];
  if (source !== undefined && !existsSync(`${root}/src/${source}.ts`)) {
    rmSync(`${root}/dist/${file}`);
  }
}

await build({
  entryPoints: [`${root}/src/client/browser.ts`],
  outfile: `${root}/dist/client/countersign.js`,
  bundle: true,
  format: 'iife',
  target: 'es2020',
  minify: true,
  // Plain assignments instead of a helper for each class field.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  sourcemap: 'external',
  logLevel: 'warning',
});

// The pages' markup, styles and icons, beside the scripts that tsc has put there.
for (const page of ['sign-in-page/page', 'demo/page', 'oidc/page', 'console/assets']) {
  cpSync(`${root}/src/server/${page}`, `${root}/dist/server/${page}`, {
    recursive: true,
    filter: (source) => !source.endsWith('.ts'),
  });
}
