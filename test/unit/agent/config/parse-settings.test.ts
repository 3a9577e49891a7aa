import { describe, expect, it } from 'vitest';
import { AgentError, parseSettings } from '../../../../src/agent/index.ts';

const source = '/etc/countersign/agent.json';
const server = { issuer: 'https://id.example.com', origins: ['https://login.example.com'] };
const key = { kty: 'EC', crv: 'P-256', kid: 'k', x: 'x', y: 'y' };

function refusal(document: unknown): AgentError {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  try {
    parseSettings(text, source);
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('parseSettings', () => {
  it('reads every member', () => {
    const document = parseSettings(
      JSON.stringify({
        servers: [{ ...server, caFile: '/ca.pem' }],
        stores: [{ uri: 'pkcs11:token=t', pinFile: '/pin' }, { uri: '/keys' }],
        ports: [20001, 20002],
        proxy: { url: 'http://proxy.example.com:3128', noProxy: ['example.org'] },
        caFile: '/all.pem',
        auditLog: '/audit.jsonl',
        logLevel: 'debug',
        stateDirectory: '/state',
      }),
      source,
    );
    expect(document).toEqual({
      source,
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

  it('leaves members undefined that are not there', () => {
    const { source: from, ...members } = parseSettings('{}', source);
    expect(from).toBe(source);
    expect(Object.values(members).every((member) => member === undefined)).toBe(true);
  });

  it('pins keys of a server, and passes over those that cannot sign challenges', () => {
    const keys = { keys: [key, { kty: 'RSA', kid: 'r', n: 'n', e: 'AQAB' }] };
    const { servers } = parseSettings(JSON.stringify({ servers: [{ ...server, keys }] }), source);
    expect(servers?.[0]?.keys).toEqual({ kind: 'pinned', keys: [key] });
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
    ['servers', { servers: [server, server] }],
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
    ['ports', { ports: [20001, 20001] }],
    ['ports[0]', { ports: [443] }],
    ['ports[0]', { ports: [70000] }],
    ['ports[0]', { ports: [20000.5] }],
    ['ports[0]', { ports: ['20000'] }],
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

  it.each([
    ['junk', 'not json'],
    ['a truncated document', '{"servers":['],
    ['an array', '[]'],
    ['a repeated member', '{"ports":[20001],"ports":[20002]}'],
    ['deep nesting', '['.repeat(100_000)],
    ['10 MB', `{"caFile":"${'a'.repeat(10_000_000)}"}`],
  ])('refuses %s as malformed, naming the file', (_, text) => {
    const error = refusal(text);
    expect(error.code).toBe('settings_malformed');
    expect(error.message).toContain(source);
  });
});
