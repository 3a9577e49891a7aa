import { describe, expect, it } from 'vitest';
import {
  keyInBrief,
  storeInBrief,
  type ListedCertificate,
} from '../../../src/cli/agent/certificate-listing.ts';

const usable = {
  usable: true,
  protection: 'hardware',
  exportable: false,
  provider: 'Provider',
  algorithms: [],
} as const;
const unusable = { usable: false, code: 'key_not_found', message: '' } as const;

function listed(location: string, key: ListedCertificate['key'] = usable): ListedCertificate {
  return { location, key } as ListedCertificate;
}

describe('a key in brief', () => {
  it.each([
    [false, 'hardware, not exportable'],
    [true, 'hardware, exportable'],
    [null, 'hardware, exportable unknown'],
  ])('says where it lives and whether it can leave (%s)', (exportable, words) => {
    expect(keyInBrief(listed('', { ...usable, exportable }))).toBe(words);
  });

  it('says why it is of no use', () => {
    expect(keyInBrief(listed('', unusable))).toBe('key_not_found');
  });
});

describe('a store in brief', () => {
  const thumbprint = '0123456789ABCDEF0123456789ABCDEF01234567';

  it.each([
    [`windows:LocalMachine/MY/${thumbprint}`, 'Provider, windows:LocalMachine/MY'],
    [`macos:login?sha256=${'ab'.repeat(32)}`, 'Provider, macos:login'],
    [
      'pkcs11:token=device;serial=1;id=%01;object=key;type=cert?module-path=/lib/p11.so',
      'Provider, pkcs11:token=device;serial=1?module-path=/lib/p11.so',
    ],
    ['file:///keys/device.crt', 'file:///keys/device.crt'],
  ])('leaves out which certificate it is: %s', (location, words) => {
    expect(storeInBrief(listed(location))).toBe(words);
  });

  it('names the place alone where no key is of use', () => {
    expect(storeInBrief(listed(`windows:CurrentUser/MY/${thumbprint}`, unusable))).toBe(
      'windows:CurrentUser/MY',
    );
  });
});
