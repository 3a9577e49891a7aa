import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { TestCa, type TestKeyType } from '../../testkit/test-ca.ts';

describe('the test CA', () => {
  const root = TestCa.root();
  const issuing = root.issueCa({ keyType: 'rsa2048' });

  it.each<TestKeyType>(['rsa2048', 'p256', 'p384', 'p521', 'ed25519'])(
    'issues a certificate over a %s key that OpenSSL follows up to the root',
    (keyType) => {
      const leaf = issuing.issue({ keyType, commonName: `device-${keyType}` });
      const [certificate, middle, top] = [leaf, issuing.certificate, root.certificate].map(
        (c) => new X509Certificate(c.der),
      ) as [X509Certificate, X509Certificate, X509Certificate];
      expect(certificate.subject).toContain(`CN=device-${keyType}`);
      expect(certificate.ca).toBe(false);
      expect(middle.ca).toBe(true);
      expect(certificate.checkIssued(middle)).toBe(true);
      expect(middle.checkIssued(top)).toBe(true);
      expect(certificate.verify(issuing.certificate.publicKey)).toBe(true);
      expect(middle.verify(root.certificate.publicKey)).toBe(true);
      expect(leaf.privateKey && certificate.checkPrivateKey(leaf.privateKey)).toBe(true);
    },
  );

  it('issues for a public key whose private key is elsewhere', () => {
    const other = issuing.issue({ keyType: 'p384' });
    const leaf = issuing.issue({ publicKey: other.publicKey });
    expect(leaf.privateKey).toBeUndefined();
    expect(() => leaf.keyPem).toThrow('elsewhere');
    expect(new X509Certificate(leaf.der).publicKey.equals(other.publicKey)).toBe(true);
  });
});
