import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../../src/core/index.ts';
import {
  hashSessionToken,
  makeSessionToken,
  sessionCookie,
} from '../../../../src/server/sessions/index.ts';

describe('a session token', () => {
  it('has 256 random bits, and is stored as its hash', () => {
    const token = makeSessionToken(systemRandom);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(makeSessionToken(systemRandom)).not.toBe(token);
    expect(hashSessionToken(token)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(hashSessionToken(token)).not.toBe(token);
  });

  it.each([
    undefined,
    '',
    'short',
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}!`,
    'A'.repeat(1e6),
  ])('is none in another form (%#)', (token) => {
    expect(hashSessionToken(token)).toBeUndefined();
  });
});

describe('a session cookie', () => {
  const secure = sessionCookie('name', true);
  const plain = sessionCookie('name', false);

  it('is for this host alone, out of scripts’ reach, and over https only', () => {
    expect(secure.set('x')).toBe('__Host-name=x; Path=/; HttpOnly; SameSite=Lax; Secure');
    expect(secure.clear()).toBe('__Host-name=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure');
  });

  it('works over plain http in development, under another name', () => {
    expect(plain.set('x')).toBe('name=x; Path=/; HttpOnly; SameSite=Lax');
    expect(secure.read('name=x')).toBeUndefined();
  });

  it.each([
    ['name=x', 'x'],
    ['a=1; name=x; b=2', 'x'],
    ['name=', ''],
    ['name=x=y', 'x=y'],
    [undefined, undefined],
    ['', undefined],
    ['xname=x', undefined],
    ['name', undefined],
    ['name=x; name=y', undefined],
  ])('is read from %j as %j', (header, value) => {
    expect(plain.read(header)).toBe(value);
  });
});
