import { expect, it } from 'vitest';
import { settingsToDocument } from '../../../../src/agent/config/settings-document.ts';
import { parseSettings } from '../../../../src/agent/index.ts';
import type { JsonObject } from '../../../../src/core/index.ts';

it('writes settings so that the parser reads the same ones', () => {
  const settings = {
    servers: [
      {
        issuer: 'https://a.example',
        origins: ['https://login.a.example'],
        keys: { kind: 'fetched' as const, jwksUri: 'https://a.example/keys' },
        caFile: '/a.pem',
      },
      {
        issuer: 'https://b.example',
        origins: ['https://login.b.example'],
        keys: { kind: 'pinned' as const, keys: [{ kty: 'EC', crv: 'P-256', kid: 'k' }] },
        caFile: undefined,
      },
    ],
    stores: [{ uri: 'pkcs11:token=t', pinFile: '/pin' }],
    ports: [20001],
    proxy: { url: 'http://proxy.example', noProxy: ['x.example'] },
    caFile: '/ca.pem',
    auditLog: '/audit.jsonl',
    logLevel: 'warn' as const,
    expiryNoticeDays: 7,
    stateDirectory: '/state',
  };
  const document = settingsToDocument(settings);
  expect(parseSettings(document as JsonObject, 'file')).toEqual({
    source: 'file',
    members: settings,
    problems: [],
  });
});
