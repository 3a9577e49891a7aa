// Writes the settings' JSON Schema and the administrative templates from the table in dist/ that the
// agent reads its settings by (npm run docs:templates). With --check it writes nothing and fails where
// a file is not what the table says.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { managedPolicyDomains, settingsSchema } from '../dist/agent/index.js';
import { adml, admx } from './templates/admx.mjs';
import { intuneProfile } from './templates/intune.mjs';
import { jamfManifest, settingsJsonSchema } from './templates/json-schema.mjs';
import { mobileconfig } from './templates/mobileconfig.mjs';

const root = new URL('..', import.meta.url);
const { win32, darwin } = managedPolicyDomains;
const policies = admx(settingsSchema, win32);
const files = {
  'docs/settings.schema.json': settingsJsonSchema(settingsSchema),
  'docs/deploy/templates/countersign.admx': policies,
  'docs/deploy/templates/en-US/countersign.adml': adml(settingsSchema),
  'docs/deploy/templates/countersign.mobileconfig': mobileconfig(settingsSchema, darwin),
  'docs/deploy/templates/jamf-manifest.json': jamfManifest(settingsSchema, darwin),
  'docs/deploy/templates/intune-windows.json': intuneProfile(settingsSchema, win32, policies),
};

async function render(file, content) {
  if (typeof content === 'string') return content;
  const path = new URL(file, root).pathname;
  const options = await resolveConfig(path);
  return format(JSON.stringify(content), { ...options, parser: 'json' });
}

for (const [file, content] of Object.entries(files)) {
  const place = new URL(file, root);
  const rendered = await render(file, content);
  if (!process.argv.includes('--check')) {
    mkdirSync(new URL('.', place), { recursive: true });
    writeFileSync(place, rendered);
  } else if (readFileSync(place, 'utf8') !== rendered) {
    console.error(`${file} is not what the settings' table says; run "npm run docs:templates".`);
    process.exitCode = 1;
  }
}
