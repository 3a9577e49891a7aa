// Writes docs/errors.md from the error tables in dist/ (npm run docs:errors).
// With --check it writes nothing and fails where the page is not what the tables say.
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = new URL('..', import.meta.url);
const page = new URL('docs/errors.md', root);

/** Which layer speaks in which voice; a layer with a table and no title here fails the build. */
const titles = {
  core: 'JSON',
  protocol: 'Messages',
  pki: 'Certificates, CRLs and paths',
  keystore: 'Certificate stores and keys',
  native: 'Native addon',
  agent: 'Agent',
  verifier: 'Verification of a proof',
  server: 'Server',
  client: 'Sign-in page',
  cli: 'Command line',
};

const introduction = `# Errors

Every error has a stable \`code\` and a sentence that says what is wrong and what to do. Codes do not change
their meaning; sentences may be improved, and may be more specific than here. Over HTTP an error is
problem+json (RFC 9457) with \`code\` and \`detail\`.

This page is made from the tables in the source (\`npm run docs:errors\`); a test holds them to each other.
`;

/** Tables are the exported records named "...Errors", "...Reasons" or "...Rules". */
function tablesOf(module) {
  return Object.entries(module)
    .filter(([name, value]) => /(Errors|Reasons|Rules)$/.test(name) && typeof value === 'object')
    .map(([, table]) => table);
}

/** A rule of path validation also says where it stands. */
function describe(meaning) {
  return typeof meaning === 'string' ? meaning : `${meaning.sentence} (${meaning.reference})`;
}

async function renderPage() {
  const dist = new URL('dist/', root);
  const layers = new Map(Object.keys(titles).map((layer) => [layer, new Map()]));
  const files = (await readdir(dist, { recursive: true }))
    .filter((file) => /(^|\/)([a-z-]*errors|decline|path-rules)\.js$/.test(file))
    .sort();
  for (const file of files) {
    const layer = file.split('/')[0];
    const codes = layers.get(layer);
    if (codes === undefined) throw new Error(`No title for the errors of ${file}.`);
    for (const table of tablesOf(await import(pathToFileURL(new URL(file, dist).pathname)))) {
      for (const [code, meaning] of Object.entries(table)) {
        if (codes.has(code)) throw new Error(`The code ${code} stands in ${layer} twice.`);
        codes.set(code, describe(meaning));
      }
    }
  }
  const sections = [...layers]
    .filter(([, codes]) => codes.size > 0)
    .map(([layer, codes]) => {
      const rows = [...codes].map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
      return [
        `## ${titles[layer]}`,
        '',
        '| code | meaning and remedy |',
        '| --- | --- |',
        ...rows,
      ].join('\n');
    });
  const options = await resolveConfig(page.pathname);
  return format([introduction, ...sections].join('\n\n'), { ...options, parser: 'markdown' });
}

const rendered = await renderPage();
if (process.argv.includes('--check')) {
  if (readFileSync(page, 'utf8') !== rendered) {
    console.error('docs/errors.md is not what the error tables say; run "npm run docs:errors".');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, rendered);
}
