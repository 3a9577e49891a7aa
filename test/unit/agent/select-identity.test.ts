import { describe, expect, it } from 'vitest';
import {
  declineCodeFor,
  selectIdentity,
  type SelectionCriteria,
} from '../../../src/agent/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import type { StoredCertificate } from '../../../src/keystore/index.ts';
import { storedIdentity, storedWithoutKey } from '../../testkit/stored-certificate.ts';
import { TestCa, type TestLeafOptions } from '../../testkit/test-ca.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const day = 86_400_000;
const validity = {
  notBefore: new Date(now.getTime() - 10 * day),
  notAfter: new Date(now.getTime() + 10 * day),
};
const root = TestCa.root({ commonName: 'Root' });
const issuing = root.issueCa({ commonName: 'Issuing' });

function issue(options: TestLeafOptions = {}): ReturnType<TestCa['issue']> {
  return issuing.issue({ ...validity, ...options });
}

function accepting(ca: TestCa, changes: Partial<SelectionCriteria> = {}): SelectionCriteria {
  const certificate = parseCertificate(ca.certificate.der);
  return {
    authorityKeyIdentifiers: [certificate.subjectKeyIdentifier ?? new Uint8Array()],
    issuerNames: [certificate.subject.der],
    algorithms: ['ES256', 'RS256'],
    ...changes,
  };
}

function codesOf(certificates: readonly StoredCertificate[], criteria = accepting(issuing)) {
  const { chosen, rejected } = selectIdentity(certificates, criteria, now);
  return { chosen: chosen?.identity.location, codes: rejected.map(({ code }) => code) };
}

describe('selectIdentity', () => {
  it('chooses a certificate of an accepted authority, with an algorithm both sides know', () => {
    const identity = storedIdentity(issue());
    const { chosen, rejected } = selectIdentity([identity], accepting(issuing), now);
    expect(chosen).toEqual({ identity, algorithm: 'ES256' });
    expect(rejected).toEqual([]);
  });

  it('takes the server’s first algorithm that the key can do', () => {
    const identity = storedIdentity(issue({ keyType: 'rsa2048' }));
    const criteria = accepting(issuing, { algorithms: ['ES256', 'RS256', 'PS256'] });
    expect(selectIdentity([identity], criteria, now).chosen?.algorithm).toBe('RS256');
  });

  it('recognises the issuer by name alone where the server has no key identifier', () => {
    const criteria = accepting(issuing, { authorityKeyIdentifiers: [] });
    expect(codesOf([storedIdentity(issue())], criteria).codes).toEqual([]);
  });

  it('recognises the issuer by key identifier where the name is written in another way', () => {
    const criteria = accepting(issuing, { issuerNames: [Buffer.from('other')] });
    expect(codesOf([storedIdentity(issue())], criteria).codes).toEqual([]);
  });

  it('recognises an authority higher up by the chain in the store', () => {
    const identity = storedIdentity(issue(), { issuer: issuing });
    expect(codesOf([identity], accepting(root)).codes).toEqual([]);
    const alone = storedIdentity(issue());
    expect(codesOf([alone], accepting(root)).codes).toEqual(['device_issuer_untrusted']);
  });

  it('is not disturbed by a damaged certificate in the chain', () => {
    const identity = { ...storedIdentity(issue()), chain: [Buffer.from('junk')] };
    expect(codesOf([identity]).codes).toEqual([]);
  });

  it.each<[string, StoredCertificate]>([
    ['device_issuer_untrusted', storedIdentity(TestCa.root().issue(validity))],
    [
      'device_certificate_not_yet_valid',
      storedIdentity(issue({ notBefore: new Date(now.getTime() + 1000) })),
    ],
    [
      'device_certificate_expired',
      storedIdentity(issue({ notAfter: new Date(now.getTime() - 1000) })),
    ],
    ['device_certificate_purpose', storedIdentity(issue({ keyUsage: 0x20 }))],
    [
      'device_certificate_purpose',
      storedIdentity(issue({ extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'] })),
    ],
    ['device_key_missing', storedWithoutKey(issue(), 'key_not_found')],
    ['device_key_not_permitted', storedWithoutKey(issue(), 'key_file_permissions')],
    ['device_pin_rejected', storedWithoutKey(issue(), 'pin_rejected')],
    ['device_key_interaction', storedWithoutKey(issue(), 'pin_required')],
    ['device_algorithm_unsupported', storedIdentity(issue({ keyType: 'p384' }))],
    ['certificate_of_authority', storedWithoutKey(issuing.certificate, 'key_not_found')],
    ['certificate_of_authority', storedIdentity(issuing.certificate)],
  ])('rejects a certificate with the reason %s', (code, stored) => {
    expect(codesOf([stored])).toEqual({ chosen: undefined, codes: [code] });
  });

  it.each<[string, TestLeafOptions]>([
    ['no key usage', { keyUsage: 0 }],
    ['no extended key usage', { extendedKeyUsage: [] }],
    ['any extended key usage', { extendedKeyUsage: ['2.5.29.37.0'] }],
  ])('accepts a certificate with %s: it restricts nothing', (_, options) => {
    expect(codesOf([storedIdentity(issue(options))]).codes).toEqual([]);
  });

  it('tells the store’s own reason for a key that cannot be used', () => {
    const stored = storedWithoutKey(issue(), 'key_not_permitted');
    const [rejected] = selectIdentity([stored], accepting(issuing), now).rejected;
    expect(rejected?.message).toBe('The reason for key_not_permitted.');
  });

  describe('where several would do', () => {
    const older = storedIdentity(issue({ notBefore: new Date(now.getTime() - 9 * day) }), {
      location: 'older',
    });
    const newer = storedIdentity(issue({ notBefore: new Date(now.getTime() - day) }), {
      location: 'newer',
    });
    const inHardware = storedIdentity(issue(), { location: 'hardware', protection: 'hardware' });
    const unknown = storedIdentity(issue(), { location: 'unknown', protection: 'unknown' });

    it('prefers the one that was issued last', () => {
      expect(codesOf([older, newer])).toEqual({
        chosen: 'newer',
        codes: ['identity_not_preferred'],
      });
    });

    it('prefers a key in hardware to a newer one in software', () => {
      expect(codesOf([newer, unknown, inHardware, older]).chosen).toBe('hardware');
      expect(codesOf([newer, unknown, older]).chosen).toBe('unknown');
    });

    it('prefers an issuer known by its key to one known by its name alone', () => {
      const rekeyed = TestCa.root({ commonName: 'Issuing' });
      const sameName = storedIdentity(rekeyed.issue(validity), {
        location: 'same name',
        protection: 'hardware',
      });
      expect(codesOf([sameName, older]).chosen).toBe('older');
    });

    it('prefers the one that is valid longest among those issued together', () => {
      const longer = storedIdentity(issue({ notAfter: new Date(now.getTime() + 20 * day) }), {
        location: 'longer',
      });
      expect(codesOf([storedIdentity(issue()), longer]).chosen).toBe('longer');
    });

    it('comes to the same choice whatever the order of the stores', () => {
      const twins = [1, 2, 3, 4].map((n) => storedIdentity(issue(), { location: `twin ${n}` }));
      const choices = [twins, [...twins].reverse()].map((order) => codesOf(order).chosen);
      expect(choices[0]).toBe(choices[1]);
    });
  });
});

describe('declineCodeFor', () => {
  it('says that there is no certificate where there is none', () => {
    expect(declineCodeFor([], [])).toBe('device_no_certificate');
    expect(declineCodeFor(['certificate_of_authority'], [])).toBe('device_no_certificate');
  });

  it('tells of the certificate that came closest', () => {
    const codes = ['device_issuer_untrusted', 'device_certificate_expired', 'device_key_missing'];
    expect(declineCodeFor(codes, [])).toBe('device_key_missing');
  });

  it('tells of an unreadable store where the certificate may be in it', () => {
    const foreign = ['device_issuer_untrusted'];
    expect(declineCodeFor(foreign, ['store_unavailable'])).toBe('device_store_unavailable');
    expect(declineCodeFor(foreign, ['pin_rejected'])).toBe('device_pin_rejected');
    expect(declineCodeFor(foreign, [])).toBe('device_issuer_untrusted');
  });

  it('does not let another store’s failure hide what is wrong with the device’s certificate', () => {
    expect(declineCodeFor(['device_certificate_expired'], ['pin_rejected'])).toBe(
      'device_certificate_expired',
    );
  });

  it('passes over an item that is no certificate', () => {
    expect(declineCodeFor([], ['certificate_unreadable'])).toBe('device_no_certificate');
  });
});
