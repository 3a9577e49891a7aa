import { describe, expect, it } from 'vitest';
import { parseSettings, policyToSettings } from '../../../../src/agent/index.ts';
import type { JsonObject } from '../../../../src/core/index.ts';

const server = { issuer: 'https://id.example.com', origins: ['https://login.example.com'] };
const document: JsonObject = {
  servers: [server],
  ports: [20001, 20002],
  proxy: { url: 'http://proxy.example.com:3128', noProxy: ['a.example', 'b.example'] },
  logLevel: 'warn',
};

describe('policyToSettings', () => {
  it('leaves property lists as they are', () => {
    expect(policyToSettings(document)).toEqual(document);
  });

  it.each<[string, JsonObject]>([
    [
      'JSON texts',
      {
        ...document,
        servers: JSON.stringify(document['servers']),
        ports: '[20001,20002]',
        proxy: JSON.stringify(document['proxy']),
      },
    ],
    [
      'one text for each entry',
      { ...document, servers: [JSON.stringify(server)], ports: ['20001', '20002'] },
    ],
    [
      'keys named by numbers, in their order',
      {
        ...document,
        servers: { 1: { issuer: server.issuer, origins: { 1: 'https://login.example.com' } } },
        ports: { 10: 20002, 9: '20001' },
        proxy: {
          url: 'http://proxy.example.com:3128',
          noProxy: { 1: 'a.example', 2: 'b.example' },
        },
      },
    ],
  ])('reads lists and objects of the registry: %s', (_, values) => {
    expect(policyToSettings(values)).toEqual(document);
  });

  it.each<[string, JsonObject]>([
    ['servers', { servers: 'https://id.example.com' }],
    ['servers', { servers: '{"issuer":' }],
    ['servers[0]', { servers: ['[]'] }],
    ['ports[0]', { ports: ['1e4', 20002] }],
    ['proxy', { proxy: 'http://proxy.example.com' }],
    ['logLevel', { logLevel: 1 }],
  ])('leaves to the parser what fits no form: %s', (member, values) => {
    const { problems } = parseSettings(policyToSettings(values), 'policy');
    expect(problems.map((problem) => problem.member)).toEqual([member]);
  });
});
