import { describe, expect, it } from 'vitest';
import {
  formatMacosUri,
  keychainOf,
  parseMacosUri,
} from '../../../../src/keystore/macos/macos-uri.ts';

const der = Buffer.from('a certificate');
const sha256 = '7fa76ef7c4ff4cd39a60bf0f2b8dc8fa6eb02e9d9a06a4a2fc50d3d79b9d5ad3';

describe('a macos: URI', () => {
  it.each([
    ['macos:', { keychain: undefined, sha256: undefined }],
    ['macos:login', { keychain: 'login', sha256: undefined }],
    ['MACOS:System', { keychain: 'system', sha256: undefined }],
    ['macos:data-protection', { keychain: 'data-protection', sha256: undefined }],
    [`macos:?sha256=${sha256.toUpperCase()}`, { keychain: undefined, sha256 }],
    [`macos:login?sha256=${sha256}`, { keychain: 'login', sha256 }],
    [
      'macos:/Users/al%20ice/x.keychain',
      { keychain: '/Users/al ice/x.keychain', sha256: undefined },
    ],
  ])('reads %s', (uri, search) => {
    expect(parseMacosUri(uri)).toEqual(search);
  });

  it.each([
    'macos:elsewhere',
    'macos:login/',
    'macos:login?sha1=00',
    `macos:login?sha256=${sha256.slice(1)}`,
    `macos:login?sha256=${sha256}0`,
    'macos:login?sha256=',
    'macos:login#x',
    'macos:relative.keychain',
    'macos:/%zz',
    `macos:/${'x'.repeat(10_000_000)}?sha256=zz`,
  ])('refuses what is none: %.60s', (uri) => {
    expect(parseMacosUri(uri)).toBeUndefined();
  });

  it.each([
    ['/Users/alice/Library/Keychains/login.keychain-db', 'login'],
    ['/Library/Keychains/System.keychain', 'system'],
    ['data protection keychain', 'data-protection'],
    ['file keychains', 'file'],
    ['/Users/al ice/käse?#%.keychain-db', '/Users/al ice/käse?#%.keychain-db'],
    ['/tmp/login.keychain-db', '/tmp/login.keychain-db'],
  ])('finds a certificate of %s again', (place, keychain) => {
    const search = parseMacosUri(formatMacosUri(place, der));
    expect(search?.keychain).toBe(keychain);
    expect(search?.keychain).toBe(keychainOf(place));
    expect(search?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(parseMacosUri(formatMacosUri(place, undefined))).toEqual({
      keychain,
      sha256: undefined,
    });
  });
});
