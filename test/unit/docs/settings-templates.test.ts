import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  parseSettings,
  parseSettingsObject,
  policyToSettings,
  settingNames,
  settingsSchema,
} from '../../../src/agent/index.ts';

const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8');

describe('what is published of the settings', () => {
  it('is what the agent’s table of settings says', async () => {
    // Rejects, with the script's own words, where a file and the table differ.
    await promisify(execFile)(process.execPath, ['scripts/settings-templates.mjs', '--check']);
  });

  it('has examples that the parser takes, in a file and in the registry’s form', () => {
    const examples = Object.fromEntries(
      settingNames.map((name) => [name, settingsSchema[name].example]),
    );
    expect(parseSettings(examples, 'examples').problems).toEqual([]);
    const lines = settingsSchema.servers.example.map((entry) => JSON.stringify(entry));
    const policy = parseSettings(policyToSettings({ servers: lines }), 'policy');
    expect(policy.problems).toEqual([]);
    expect(policy.members.servers).toEqual(parseSettings(examples, 'examples').members.servers);
  });

  it('lists every setting on its page, those within others too, and an example that is right', () => {
    const rows = new Set([...page.matchAll(/^\| `([\w.]+)` +\|/gm)].map(([, name]) => name));
    const names = settingNames.flatMap((name) => {
      const { value } = settingsSchema[name];
      return value.kind === 'object'
        ? Object.keys(value.members).map((member) => `${name}.${member}`)
        : [name];
    });
    const { servers, stores } = settingsSchema;
    const within = [servers, stores].flatMap(({ value }) => Object.keys(value.items.members));
    expect([...rows].sort()).toEqual([...new Set([...names, ...within])].sort());
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parseSettings(parseSettingsObject(example, 'page'), 'page').problems).toEqual([]);
  });
});
