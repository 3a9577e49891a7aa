import { describe, expect, it } from 'vitest';
import { createServer, type ServerOptions, type Storage } from '../../../src/server/index.ts';
import { codeOf } from '../../testkit/code-of.ts';

describe('a server’s options', () => {
  const make = (options: Partial<ServerOptions>): unknown =>
    codeOf(() =>
      createServer({
        storage: {} as Storage,
        listen: { host: '127.0.0.1', port: 0 },
        ...options,
      }),
    );
  const tls = { certificate: '', privateKey: '' };
  const everywhere = { host: '0.0.0.0', port: 0 };

  it.each<[string, Partial<ServerOptions>, unknown]>([
    ['plain http on a loopback address', {}, undefined],
    ['plain http on ::1', { listen: { host: '::1', port: 0 } }, undefined],
    [
      'plain http for the network',
      { listen: everywhere, issuer: 'https://a.example' },
      'tls_required',
    ],
    [
      'plain http for a trusted proxy',
      { listen: everywhere, issuer: 'https://a.example', trustedProxies: ['10.0.0.1'] },
      undefined,
    ],
    [
      'a network address without issuer',
      { listen: everywhere, trustedProxies: ['10.0.0.1'] },
      'issuer_required',
    ],
    ['TLS without issuer', { tls }, 'issuer_required'],
    ['an issuer with a path', { issuer: 'https://a.example/auth' }, 'issuer_invalid'],
    ['an issuer with a trailing slash', { issuer: 'https://a.example/' }, 'issuer_invalid'],
    ['an issuer of plain http elsewhere', { issuer: 'http://a.example' }, 'issuer_invalid'],
    ['an issuer that is no URL', { issuer: 'a.example' }, 'issuer_invalid'],
    [
      'an application origin with a path',
      { applicationOrigins: ['https://b.example/x'] },
      'application_origin_invalid',
    ],
    ['a pattern as application origin', { applicationOrigins: ['https://*.example'] }, undefined],
  ])('may or may not be %s', (_, options, code) => {
    expect(make(options)).toBe(code);
  });
});
