import { describe, expect, it } from 'vitest';
import { allowedOrigin, isOwnHost } from '../../../../src/agent/loopback/request-checks.ts';

describe('isOwnHost', () => {
  it.each(['localhost:21861', 'LOCALHOST:21861', '127.0.0.1:21861', '[::1]:21861'])(
    'takes %s',
    (host) => {
      expect(isOwnHost(host, 21861)).toBe(true);
    },
  );

  it.each([
    undefined,
    '',
    'localhost',
    '127.0.0.1',
    'localhost:21862',
    'evil.test:21861',
    'localhost.evil.test:21861',
    'evil-localhost:21861',
    '127.0.0.1.evil.test:21861',
    '127.0.0.2:21861',
    '0.0.0.0:21861',
    'user@localhost:21861',
    'localhost:21861:21861',
    'localhost:121861',
    '::1:21861',
  ])('refuses %s: only this machine’s names with the very port', (host) => {
    expect(isOwnHost(host, 21861)).toBe(false);
  });
});

describe('allowedOrigin', () => {
  const allowed = new Set(['https://login.example.com']);

  it('gives back the origin that is allowed', () => {
    expect(allowedOrigin('https://login.example.com', allowed)).toBe('https://login.example.com');
  });

  it.each([
    undefined,
    '',
    'null',
    'https://login.example.com/',
    'https://login.example.com:443',
    'https://login.example.com.evil.test',
    'https://LOGIN.example.com',
    'http://login.example.com',
    'https://login.example.com https://evil.test',
  ])('refuses %s', (origin) => {
    expect(allowedOrigin(origin, allowed)).toBeUndefined();
  });
});
