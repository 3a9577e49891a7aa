import { describe, expect, it } from 'vitest';
import { openCertificateStore, parseStoreUri } from '../../../src/keystore/index.ts';
import { codeOf, codeOfRejection } from '../../testkit/code-of.ts';

describe('a store URI', () => {
  it.each([
    ['pkcs11:token=a', { kind: 'pkcs11', search: { token: 'a' } }],
    [
      '/usr/lib/x/libtoken.so',
      { kind: 'pkcs11', search: { modulePath: '/usr/lib/x/libtoken.so' } },
    ],
    [
      '/usr/lib/libtpm2_pkcs11.so.1',
      { kind: 'pkcs11', search: { modulePath: '/usr/lib/libtpm2_pkcs11.so.1' } },
    ],
    ['/opt/x.dylib', { kind: 'pkcs11', search: { modulePath: '/opt/x.dylib' } }],
    [
      'C:\\Program Files\\x.DLL',
      { kind: 'pkcs11', search: { modulePath: 'C:\\Program Files\\x.DLL' } },
    ],
    ['/etc/countersign/keys', { kind: 'file', directory: '/etc/countersign/keys' }],
    ['file:///etc/my%20keys', { kind: 'file', directory: '/etc/my keys' }],
    ['file:/etc/keys', { kind: 'file', directory: '/etc/keys' }],
    ['FILE://localhost/etc/keys', { kind: 'file', directory: '/etc/keys' }],
    ['p11-kit:', { kind: 'p11-kit', search: {} }],
    ['P11-Kit:token=a%20b', { kind: 'p11-kit', search: { token: 'a b' } }],
    [
      'windows:CurrentUser/My',
      { kind: 'windows', search: { store: 'CurrentUser\\MY', thumbprint: undefined } },
    ],
    ['macos:login', { kind: 'macos', search: { keychain: 'login', sha256: undefined } }],
  ])('of the form %s is understood', (uri, expected) => {
    expect(parseStoreUri(uri)).toEqual(expected);
  });

  it.each([
    ['', 'absolute path'],
    ['keys', 'absolute path'],
    ['./keys', 'absolute path'],
    ['ldap://x', 'There is no "ldap:" store'],
    ['file:keys', 'absolute path'],
    ['file:', 'absolute path'],
    ['file://server/keys', 'this machine'],
    ['file:///a%2Fb', 'this machine'],
    ['file:///keys?x', 'no query'],
    ['file:///keys#x', 'no query'],
    ['/keys\0', 'NUL'],
    ['pkcs11:x', 'name=value'],
    ['windows:elsewhere', 'windows:CurrentUser/My'],
    ['macos:elsewhere', 'macos:login'],
    ['p11-kit:x', 'name=value'],
    ['p11-kit:?module-path=/x.so', 'p11-kit: takes'],
    ['p11-kit:?module-name=x', 'p11-kit: takes'],
    ['p11-kit:?x-init-reserved=x', 'p11-kit: takes'],
  ])('of the form %j is refused with a sentence', (uri, words) => {
    expect(codeOf(() => parseStoreUri(uri))).toBe('store_uri_invalid');
    expect(() => parseStoreUri(uri)).toThrow(words);
  });
});

describe('opening a store', () => {
  const elsewhere = [
    ...(process.platform === 'win32' ? [] : ['windows:CurrentUser/My']),
    ...(process.platform === 'darwin' ? [] : ['macos:login']),
  ];
  it.each(elsewhere)('of another operating system is refused once it is used: %s', async (uri) => {
    const store = openCertificateStore({ uri });
    expect(await codeOfRejection(store.list())).toBe('store_unsupported');
  });

  it('for PKCS#11 objects that are no certificates is refused', () => {
    expect(codeOf(() => openCertificateStore({ uri: 'pkcs11:type=data?module-path=/x.so' }))).toBe(
      'store_uri_invalid',
    );
  });
});
