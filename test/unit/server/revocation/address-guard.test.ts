import { describe, expect, it } from 'vitest';
import {
  createAddressGuard,
  isAllowedAddress,
} from '../../../../src/server/revocation/address-guard.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';

const names: Readonly<Record<string, readonly string[]>> = {
  'public.example': ['93.184.216.34'],
  'inside.example': ['10.0.0.7'],
  'both.example': ['93.184.216.34', '127.0.0.1'],
  'six.example': ['fd00::7'],
  'empty.example': [],
};
const guard = (...allowed: readonly string[]) =>
  createAddressGuard(allowed, (host) => {
    const found = names[host];
    if (found === undefined) return Promise.reject(new Error('ENOTFOUND'));
    return Promise.resolve(
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  });
const verdict = async (address: string, ...allowed: readonly string[]): Promise<unknown> =>
  codeOfRejection(guard(...allowed).check(address));

describe('an address', () => {
  it('of a public host is resolved once, and what was checked is what is connected to', async () => {
    const target = await guard().check('http://public.example/a.crl');
    expect(target.addresses).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(target.url.href).toBe('http://public.example/a.crl');
    expect(await verdict('https://93.184.216.34/a')).toBeUndefined();
    expect(await verdict('http://[2606:2800:220:1::1]/a')).toBeUndefined();
  });

  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.8.9.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:93.184.216.34]',
    '[64:ff9b::7f00:1]',
    '[2001:0:1::1]',
    '[2002:7f00:1::]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[ff02::1]',
    '2130706433',
    '0x7f.1',
    '127.1',
    'inside.example',
    'inside.example.',
    'six.example',
    'both.example',
  ])('at %s is not asked', async (host) => {
    expect(await verdict(`http://${host}/latest`)).toBe('address_not_allowed');
  });

  it.each([
    ['a port that is not 80 or 443', 'http://public.example:8080/', 'address_not_allowed'],
    ['a mail server’s port', 'http://public.example:25/', 'address_not_allowed'],
    ['a password', 'http://user:secret@public.example/', 'address_not_allowed'],
    ['ldap', 'ldap://public.example/cn=ca', 'address_unsupported'],
    ['a file', 'file:///etc/passwd', 'address_unsupported'],
    ['no URL', 'nonsense', 'address_unsupported'],
    ['an unknown name', 'http://unknown.example/', 'address_unresolved'],
    ['a name without addresses', 'http://empty.example/', 'address_unresolved'],
  ])('with %s is not asked', async (_, address, code) => {
    expect(await verdict(address)).toBe(code);
  });

  it.each([
    ['its network', 'http://inside.example/', '10.0.0.0/8'],
    ['its address', 'http://10.0.0.7/', '10.0.0.7'],
    ['its name', 'http://inside.example/', 'Inside.example'],
    ['its name, for the https port', 'https://inside.example/', 'inside.example'],
    ['its name with the port', 'http://inside.example:8080/', 'inside.example:8080'],
    ['its address with the port', 'http://127.0.0.1:8080/', '127.0.0.1:8080'],
    ['its IPv6 network', 'http://six.example/', 'fd00::/8'],
    ['its IPv6 address with the port', 'http://[::1]:8080/', '[::1]:8080'],
    ['a public address with the port', 'http://public.example:8080/', 'public.example:8080'],
  ])('is asked where the administrator lists %s', async (_, address, allowed) => {
    expect(await verdict(address, allowed)).toBeUndefined();
  });

  it.each([
    ['another network', 'http://inside.example/', '192.168.0.0/16'],
    ['another port', 'http://127.0.0.1:8081/', '127.0.0.1:8080'],
    ['its name with another port', 'http://inside.example:8081/', 'inside.example:8080'],
    ['its name, but no port', 'http://inside.example:25/', 'inside.example'],
    ['another name', 'http://inside.example/', 'public.example'],
    ['its network but not its port', 'http://10.0.0.7:8080/', '10.0.0.0/8'],
    ['only one of its addresses', 'http://both.example:8080/', '127.0.0.1:8080'],
  ])('is not asked where the administrator lists %s', async (_, address, allowed) => {
    expect(await verdict(address, allowed)).toBe('address_not_allowed');
  });
});

describe('a listed address', () => {
  it.each([
    'crl.corp.example',
    'crl:8080',
    '10.0.0.0/8',
    '10.1.2.3',
    '10.1.2.3:8080',
    '::1',
    '[::1]:80',
    'fd00::/8',
  ])('may be %s', (entry) => {
    expect(isAllowedAddress(entry)).toBe(true);
  });
  it.each([
    '',
    'http://a',
    'a b',
    '10.0.0.0/33',
    'fd00::/129',
    'a/8',
    '10.0.0.0/8/8',
    'a:0',
    'a:65536',
    '[a]:80',
    '[10.0.0.1]:80',
  ])('may not be "%s"', (entry) => {
    expect(isAllowedAddress(entry)).toBe(false);
  });
});
