import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeBase64, systemRandom } from '../../../../src/core/index.ts';
import { parseCertificate } from '../../../../src/pki/index.ts';
import { openidKeys } from '../../../../src/server/index.ts';

describe('a key for ID tokens', () => {
  const createdAt = new Date('2026-03-01T12:00:00Z');

  it('comes with a certificate for itself, valid for years', async () => {
    const { x5c = [], ...jwk } = await openidKeys(systemRandom).generate(createdAt);
    const certificate = new X509Certificate(Buffer.from(x5c[0] ?? '', 'base64'));
    const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(new Date(certificate.validFrom)).toEqual(new Date('2026-03-01T11:00:00Z'));
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2036);
  });

  it('has a certificate that this project’s own parser takes, as RFC 5280 says', async () => {
    const ones = { bytes: (length: number) => new Uint8Array(length).fill(0xff) };
    const { x5c = [] } = await openidKeys(ones).generate(createdAt);
    const certificate = parseCertificate(Buffer.from(x5c[0] ?? '', 'base64'));
    expect(encodeBase64(certificate.der)).toBe(x5c[0]);
    expect(certificate.keyUsage).toEqual(new Set(['digitalSignature']));
  });
});
