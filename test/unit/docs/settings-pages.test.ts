/** Settings as the documentation shows them, against what the programs take. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../src/agent/index.ts';
import { loadServerSettings, serverSettingNames } from '../../../src/cli/server/settings.ts';
import type { JsonObject } from '../../../src/core/index.ts';
import { allPages, readPage, snippets } from '../../testkit/pages.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

const documents = allPages().flatMap((page) =>
  snippets(page)
    .filter(({ language }) => language === 'json')
    .map(({ code }) => [page.name, JSON.parse(code) as JsonObject] as const),
);
/** Settings of the agent name servers or stores; those of the server, other things. */
const agentDocuments = documents.filter(([, value]) => 'servers' in value || 'stores' in value);
const serverDocuments = documents.filter(([, value]) =>
  Object.keys(value).some((name) => ['issuer', 'listen', 'storage', 'tls'].includes(name)),
);

describe('settings of the agent in the documentation', () => {
  it.each(agentDocuments)('%s shows some that the agent takes: %j', (_page, settings) => {
    expect(parseSettings(settings, 'page').problems).toEqual([]);
  });
});

describe('settings of the server in the documentation', () => {
  it.each(serverDocuments)('%s shows some that the server takes: %j', (_page, settings) => {
    const configFile = path.join(scratchDirectory(), 'server.json');
    writeFileSync(configFile, JSON.stringify(settings));
    expect(() => loadServerSettings({ configFile, environment: {}, options: {} })).not.toThrow();
  });

  it('are all listed by docs/cli-server.md, and no others', () => {
    const [, table = ''] = readPage('docs/cli-server.md').text.split('## Settings');
    const listed = Array.from(table.matchAll(/^\| (`[^|]+`) +\|/gm), ([, names = '']) =>
      names.split(',').map((name) => name.trim().replaceAll('`', '')),
    ).flat();
    expect(listed.toSorted()).toEqual(serverSettingNames.toSorted());
  });
});
