import { describe, expect, it } from 'vitest';
import {
  type AgentError,
  parseSettings,
  parseSettingsObject,
} from '../../../../src/agent/index.ts';
import type { JsonObject } from '../../../../src/core/index.ts';
import { codeOf } from '../../../testkit/code-of.ts';

const source = '/etc/countersign/agent.json';
const server = { issuer: 'https://id.example.com', origins: ['https://login.example.com'] };
const key = { kty: 'EC', crv: 'P-256', kid: 'k', x: 'x', y: 'y' };

/** The members that are read of a document, and what is said of the others. */
function read(document: unknown) {
  return parseSettings(document as JsonObject, source);
}

/** The one problem of a document. */
function refusal(document: unknown): AgentError {
  const { problems } = read(document);
  const [problem] = problems;
  if (problem === undefined || problems.length > 1) throw new Error(`${problems.length} problems`);
  return problem;
}

describe('parseSettings', () => {
  it('reads every member', () => {
    const document = read({
      servers: [{ ...server, caFile: '/ca.pem' }],
      stores: [{ uri: 'pkcs11:token=t', pinFile: '/pin' }, { uri: '/keys' }],
      ports: [20001, 20002],
      proxy: { url: 'http://proxy.example.com:3128', noProxy: ['example.org'] },
      caFile: '/all.pem',
      auditLog: '/audit.jsonl',
      logLevel: 'debug',
      stateDirectory: '/state',
    });
    expect(document.problems).toEqual([]);
    expect(document.source).toBe(source);
    expect(document.members).toEqual({
      servers: [
        {
          ...server,
          keys: { kind: 'fetched', jwksUri: 'https://id.example.com/.well-known/jwks.json' },
          caFile: '/ca.pem',
        },
      ],
      stores: [
        { uri: 'pkcs11:token=t', pinFile: '/pin' },
        { uri: '/keys', pinFile: undefined },
      ],
      ports: [20001, 20002],
      proxy: { url: 'http://proxy.example.com:3128', noProxy: ['example.org'] },
      caFile: '/all.pem',
      auditLog: '/audit.jsonl',
      logLevel: 'debug',
      stateDirectory: '/state',
    });
  });

  it('leaves out members that are not there', () => {
    expect(read({})).toEqual({ source, members: {}, problems: [] });
  });

  it('keeps what is right beside what is wrong', () => {
    const { members, problems } = read({
      servers: [{ ...server, issuer: 'ftp://x' }, server],
      ports: [80, 20001, 20001],
      logLevel: 'loud',
      caFile: '/ca.pem',
      telemetry: true,
    });
    expect(members.servers?.map(({ issuer }) => issuer)).toEqual([server.issuer]);
    expect(members.ports).toEqual([20001]);
    expect(members.caFile).toBe('/ca.pem');
    expect(members).not.toHaveProperty('logLevel');
    expect(problems.map(({ member }) => member)).toEqual([
      'servers[0].issuer',
      'ports[0]',
      'ports[2]',
      'logLevel',
      'telemetry',
    ]);
  });

  it('never takes a part of an entry: a server without one of its origins is another server', () => {
    const { members } = read({ servers: [{ ...server, origins: [...server.origins, 'null'] }] });
    expect(members.servers).toEqual([]);
  });

  it('pins keys of a server, and passes over those that cannot sign challenges', () => {
    const keys = { keys: [key, { kty: 'RSA', kid: 'r', n: 'n', e: 'AQAB' }] };
    const { members } = read({ servers: [{ ...server, keys }] });
    expect(members.servers?.[0]?.keys).toEqual({ kind: 'pinned', keys: [key] });
  });

  it('refuses an unknown member and suggests the one that was meant', () => {
    const error = refusal({ servers: [{ ...server, orgins: [] }] });
    expect(error.code).toBe('settings_member_unknown');
    expect(error.member).toBe('servers[0].orgins');
    expect(error.message).toBe(
      `${source}: there is no member "servers[0].orgins"; did you mean "origins"?`,
    );
  });

  it('lists what is known where nothing is similar', () => {
    expect(refusal({ telemetry: true }).message).toContain('known are servers, stores, ports');
  });

  it.each([
    ['servers', { servers: {} }],
    ['servers[1].issuer', { servers: [server, server] }],
    ['servers', { servers: Array.from({ length: 17 }, () => server) }],
    ['servers[0]', { servers: ['https://id.example.com'] }],
    ['servers[0].issuer', { servers: [{ origins: server.origins }] }],
    ['servers[0].issuer', { servers: [{ ...server, issuer: 'http://id.example.com' }] }],
    ['servers[0].issuer', { servers: [{ ...server, issuer: 'https://user@id.example.com' }] }],
    ['servers[0].origins', { servers: [{ issuer: server.issuer }] }],
    ['servers[0].origins', { servers: [{ ...server, origins: [] }] }],
    ['servers[0].origins[0]', { servers: [{ ...server, origins: ['https://a.example/'] }] }],
    ['servers[0].origins[0]', { servers: [{ ...server, origins: ['*'] }] }],
    ['servers[0].origins[0]', { servers: [{ ...server, origins: ['null'] }] }],
    ['servers[0].jwksUri', { servers: [{ ...server, jwksUri: 'ftp://id.example.com' }] }],
    ['servers[0].keys', { servers: [{ ...server, keys: { keys: [] } }] }],
    ['servers[0].keys', { servers: [{ ...server, keys: { keys: [{ ...key, d: 'secret' }] } }] }],
    ['servers[0].keys', { servers: [{ ...server, keys: { keys: [{ ...key, kid: 1 }] } }] }],
    [
      'servers[0].keys',
      { servers: [{ ...server, jwksUri: 'https://id.example.com/k', keys: { keys: [key] } }] },
    ],
    ['servers[0].caFile', { servers: [{ ...server, caFile: 'ca.pem' }] }],
    ['stores[0].uri', { stores: [{}] }],
    ['stores[0].uri', { stores: [{ uri: 'pkcs11:token=t?pin-value=hunter2' }] }],
    ['stores[0].pinFile', { stores: [{ uri: '/keys', pinFile: 'pin' }] }],
    ['ports', { ports: [] }],
    ['ports[1]', { ports: [20001, 20001] }],
    ['ports[0]', { ports: [443, 20002] }],
    ['ports[0]', { ports: [70000, 20002] }],
    ['ports[0]', { ports: [20000.5, 20002] }],
    ['ports[0]', { ports: ['20000', 20002] }],
    ['proxy.url', { proxy: { url: 'socks5://proxy' } }],
    ['proxy.url', { proxy: { url: 'http://user:secret@proxy' } }],
    ['proxy.url', { proxy: {} }],
    ['caFile', { caFile: 'relative.pem' }],
    ['auditLog', { auditLog: '' }],
    ['auditLog', { auditLog: '/a\u0000b' }],
    ['logLevel', { logLevel: 'loud' }],
    ['stateDirectory', { stateDirectory: 7 }],
  ])('refuses a wrong value of %s and names it: %j', (member, document) => {
    const error = refusal(document);
    expect(error.code).toBe('settings_member_invalid');
    expect(error.member).toBe(member);
    expect(error.message).toContain(`${source}: "${member}"`);
  });

  it.each([
    { proxy: { url: 'http://user:hunter2@proxy' } },
    { stores: [{ uri: 'pkcs11:token=t?module-path=/m.so&pin-value=hunter2' }] },
  ])('never repeats a secret that stands where none may: %#', (document) => {
    expect(refusal(document).message).not.toContain('hunter2');
  });
});

describe('parseSettingsObject', () => {
  it.each([
    ['junk', 'not json'],
    ['a truncated document', '{"servers":['],
    ['an array', '[]'],
    ['a repeated member', '{"ports":[20001],"ports":[20002]}'],
    ['deep nesting', '['.repeat(100_000)],
    ['10 MB', `{"caFile":"${'a'.repeat(10_000_000)}"}`],
  ])('refuses %s as malformed, naming the file', (_, text) => {
    const parse = () => parseSettingsObject(text, source);
    expect(codeOf(parse)).toBe('settings_malformed');
    expect(parse).toThrow(source);
  });

  it('is told where it is not JSON', () => {
    const text = '{\n  "logLevel": "info"\n  "ports": [21861]\n}';
    const message = /^\/etc\/countersign\/agent\.json: The text is not JSON\. .*\(line 3/;
    expect(() => parseSettingsObject(text, source)).toThrow(message);
    expect(() => parseSettingsObject('{"ports":', source)).toThrow('Unexpected end');
  });

  it.each(['{"a":"hunter2" ä}', '{"a":"hunter2', 'hunter2', '{"a":hunter2}', '[hunter2, "b"]'])(
    'never repeats a secret that stands where it is not JSON: %s',
    (text) => {
      expect(() => parseSettingsObject(text, source)).toThrow('is not JSON');
      expect(() => parseSettingsObject(text, source)).not.toThrow(/ter2/);
    },
  );
});
