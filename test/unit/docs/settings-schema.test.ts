/** The published JSON Schema, by a validator of others, against the parser that it is made for. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parseSettings, settingNames, settingsSchema } from '../../../src/agent/index.ts';
import type { JsonObject } from '../../../src/core/index.ts';

const schema = JSON.parse(
  readFileSync(new URL('../../../docs/settings.schema.json', import.meta.url), 'utf8'),
) as object;
const ajv = new Ajv2020({ allErrors: true });
addFormats.default(ajv);
const validate = ajv.compile(schema);

const server = { issuer: 'https://id.example.com', origins: ['https://login.example.com'] };

const good: readonly JsonObject[] = [
  {},
  Object.fromEntries(settingNames.map((name) => [name, settingsSchema[name].example])),
  { servers: [{ ...server, jwksUri: 'https://id.example.com/keys', caFile: '/ca.pem' }] },
  { stores: [{ uri: 'windows:' }], ports: [1024, 65535], logLevel: 'debug' },
  { proxy: { url: 'http://proxy.example.com:3128' }, expiryNoticeDays: 365 },
];

const bad: readonly JsonObject[] = [
  { server: [server] },
  { servers: server },
  { servers: [{ origins: server.origins }] },
  { servers: [{ ...server, origins: [] }] },
  { servers: [{ ...server, issuer: 'ldap://id.example.com' }] },
  { servers: [{ ...server, origins: ['https://login.example.com/path'] }] },
  { servers: [{ ...server, keys: 7 }] },
  { servers: Array(17).fill(server) as JsonObject[] },
  { stores: [{ uri: 7 }] },
  { stores: [{}] },
  { ports: [] },
  { ports: [1023] },
  { ports: [2000, 2000] },
  { ports: [2000.5] },
  { proxy: {} },
  { proxy: { url: 'http://user:secret@proxy.example.com' } },
  { logLevel: 'loud' },
  { expiryNoticeDays: 0 },
  { expiryNoticeDays: '7' },
  { stateDirectory: 7 },
];

describe('the published schema of the settings', () => {
  it.each(good)('takes what the agent takes: %j', (settings) => {
    expect(parseSettings(settings, 'test').problems).toEqual([]);
    expect(validate(settings), ajv.errorsText(validate.errors)).toBe(true);
  });

  it.each(bad)('refuses what the agent refuses: %j', (settings) => {
    expect(parseSettings(settings, 'test').problems).not.toEqual([]);
    expect(validate(settings)).toBe(false);
  });
});
