/** RFC 6960: whose answers are believed, and when. */
import { describe, expect, it } from 'vitest';
import {
  encodeOcspRequest,
  oids,
  parseCertificate,
  type RevocationMethod,
} from '../../../src/pki/index.ts';
import {
  buildCertificate,
  buildCrl,
  buildOcspResponse,
  crlDistributionPoints,
  der,
  derExtension,
  derInteger,
  distributionPoint,
  dn,
  extendedKeyUsage,
  hoursFromTestTime,
  keyUsage,
  rsaKey,
  testKey,
  type OcspFields,
} from '../../testkit/pki-builder.ts';
import { findPath } from '../../testkit/pki-path.ts';
import { nodeHash } from '../../testkit/pki-pkits.ts';
import { revocation, type RevocationMaterial } from '../../testkit/pki-revocation.ts';

const serialNumber = derInteger(4711);
const target = buildCertificate({ serialNumber });

async function statusOf(material: RevocationMaterial): Promise<string> {
  const settings = { methods: ['ocsp'] as readonly RevocationMethod[], ...material.settings };
  const inputs = revocation({ ...material, settings });
  const result = await findPath({ target, revocation: inputs });
  if (result.ok) return result.path.revocation[0]?.status ?? 'none';
  return result.code === 'certificate_revoked' ? 'revoked' : result.failure.message;
}

const answer = (fields: Partial<OcspFields> = {}) => buildOcspResponse({ serialNumber, ...fields });

describe('OCSP checking', () => {
  it.each(['sha1', 'sha256'] as const)('believes the CA itself, CertID by %s', async (hash) => {
    expect(await statusOf({ ocsp: [answer({ certIdHash: hash })] })).toBe('good');
    expect(await statusOf({ ocsp: [answer({ certIdHash: hash, status: 'revoked' })] })).toBe(
      'revoked',
    );
  });

  it('believes a CA that names itself by its key', async () => {
    expect(await statusOf({ ocsp: [answer({ responderByKey: true })] })).toBe('good');
  });

  it('says where the status came from', async () => {
    const inputs = revocation({ ocsp: [answer()], settings: { methods: ['ocsp'] } });
    const result = await findPath({ target, revocation: inputs });
    const status = result.ok ? result.path.revocation[0] : undefined;
    expect(status?.status === 'good' && status.evidence).toEqual([
      {
        method: 'ocsp',
        origin: 'ocsp 0',
        thisUpdate: hoursFromTestTime(-1),
        nextUpdate: hoursFromTestTime(1),
        ageSeconds: 3600,
        stale: false,
      },
    ]);
  });

  it.each([
    ['another serial number', { serialNumber: derInteger(4712) }, 'other certificates'],
    ['another issuer’s name', { issuer: dn('Other') }, 'other certificates'],
    ['another issuer’s key', { issuerKey: testKey('other') }, 'other certificates'],
    ['a certificate it does not know', { status: 'unknown' }, 'does not know'],
    ['yesterday', yesterday(), 'out of date'],
    ['the future', { thisUpdate: hoursFromTestTime(1) }, 'from the future'],
    ['a forger in the CA’s name', { responderKey: testKey('forger') }, 'does not verify'],
    [
      'a critical extension nobody knows',
      { extensions: [derExtension('1.2.3', true, der(0x05))] },
      'critical extension 1.2.3',
    ],
  ] as const)('does not believe an answer about %s', async (_, fields, message) => {
    expect(await statusOf({ ocsp: [answer(fields)] })).toContain(message);
  });

  it('bounds the age of an answer without an end', async () => {
    const fresh = answer({ nextUpdate: null, thisUpdate: hoursFromTestTime(-0.5) });
    expect(await statusOf({ ocsp: [fresh] })).toBe('good');
    const old = answer({ nextUpdate: null, thisUpdate: hoursFromTestTime(-2) });
    expect(await statusOf({ ocsp: [old] })).toContain('too old');
    expect(await statusOf({ ocsp: [old], settings: { ocspMaxAgeSeconds: 7300 } })).toBe('good');
  });

  it('refuses another nonce, and takes an answer without one by its times', async () => {
    const nonce = Buffer.alloc(16, 7);
    const same = answer({ nonce });
    const other = answer({ nonce: Buffer.alloc(16, 8) });
    expect(await statusOf({ ocsp: [same], nonce })).toBe('good');
    expect(await statusOf({ ocsp: [other], nonce })).toContain('nonce');
    expect(await statusOf({ ocsp: [answer()], nonce })).toBe('good');
  });

  it('passes over an answer that proves nothing to one that does', async () => {
    const ocsp = [answer({ responderKey: testKey('forger') }), answer()];
    expect(await statusOf({ ocsp })).toBe('good');
  });

  it('believes the newest of several answers, whatever their order', async () => {
    const older = answer({ thisUpdate: hoursFromTestTime(-3) });
    const newer = answer({ status: 'revoked' });
    expect(await statusOf({ ocsp: [older, newer] })).toBe('revoked');
    expect(await statusOf({ ocsp: [newer, older] })).toBe('revoked');
  });

  it('reads an error for what it is', async () => {
    const tryLater = der(0x30, der(0x0a, Buffer.of(3)));
    expect(await statusOf({ ocsp: [tryLater] })).toContain('tryLater');
  });
});

function yesterday() {
  return { thisUpdate: hoursFromTestTime(-25), nextUpdate: hoursFromTestTime(-24) };
}

describe('delegated responders', () => {
  const noCheck = derExtension(oids.ocspNoCheck, false, der(0x05));
  const responderKey = testKey('responder');
  const responder = (fields: Parameters<typeof buildCertificate>[0] = {}) =>
    buildCertificate({
      subject: dn('Responder'),
      subjectKey: responderKey,
      extensions: [extendedKeyUsage(oids.ocspSigning), noCheck],
      ...fields,
    });
  const delegated = (certificate: Buffer, fields: Partial<OcspFields> = {}) =>
    answer({ responder: dn('Responder'), responderKey, certificates: [certificate], ...fields });

  it('are believed where the CA appointed them', async () => {
    expect(await statusOf({ ocsp: [delegated(responder())] })).toBe('good');
    const revoked = delegated(responder(), { status: 'revoked', responderByKey: true });
    expect(await statusOf({ ocsp: [revoked] })).toBe('revoked');
  });

  it.each([
    ['has no purpose', { extensions: [noCheck] }, 'not for OCSP signing'],
    [
      'is for any purpose',
      { extensions: [extendedKeyUsage(oids.anyExtendedKeyUsage), noCheck] },
      'not for OCSP signing',
    ],
    [
      'has a key that does not sign',
      { extensions: [extendedKeyUsage(oids.ocspSigning), keyUsage('keyEncipherment')] },
      'not for signatures',
    ],
    ['has expired', { notAfter: hoursFromTestTime(-1) }, 'not valid now'],
    ['is not valid yet', { notBefore: hoursFromTestTime(1) }, 'not valid now'],
    ['is another CA’s', { issuer: dn('Other'), issuerKey: testKey('other') }, 'not appointed'],
    ['names another CA', { issuer: dn('Other') }, 'not appointed'],
    ['was forged', { issuerKey: testKey('forger') }, 'not appointed'],
    ['has a weak key', { spki: rsaKey('small', 1024).spki }, 'not accepted'],
    [
      'has a critical extension nobody knows',
      {
        extensions: [extendedKeyUsage(oids.ocspSigning), derExtension('1.2.3', true, der(0x05))],
      },
      'critical extension',
    ],
  ] as const)('are not believed where their certificate %s', async (_, fields, message) => {
    expect(await statusOf({ ocsp: [delegated(responder(fields))] })).toContain(message);
  });

  it('are not believed where they do not send their certificate along', async () => {
    const alone = answer({ responder: dn('Responder'), responderKey });
    expect(await statusOf({ ocsp: [alone] })).toContain('neither the CA nor sent along');
  });

  it('are not believed with another’s appointment', async () => {
    const stolen = delegated(responder(), { responderKey: testKey('thief') });
    expect(await statusOf({ ocsp: [stolen] })).toContain('does not verify');
  });

  it('are checked against the CRL that their certificate points to', async () => {
    const extensions = [
      extendedKeyUsage(oids.ocspSigning),
      crlDistributionPoints(distributionPoint('http://crl.test/ca.crl')),
    ];
    const ocsp = [delegated(responder({ serialNumber: derInteger(77), extensions }))];
    expect(await statusOf({ ocsp, crls: [buildCrl()] })).toBe('good');
    const crls = [buildCrl({ entries: [{ serialNumber: derInteger(77) }] })];
    expect(await statusOf({ ocsp, crls })).toContain('revoked, or may be');
    expect(await statusOf({ ocsp })).toContain('revoked, or may be');
  });
});

describe('both methods', () => {
  const revokedCrl = buildCrl({ entries: [{ serialNumber }] });

  it('are tried in the order asked, and the first proven status decides', async () => {
    const material = { ocsp: [answer()], crls: [revokedCrl] };
    expect(await statusOf({ ...material, settings: { methods: ['ocsp', 'crl'] } })).toBe('good');
    expect(await statusOf({ ...material, settings: { methods: ['crl', 'ocsp'] } })).toBe('revoked');
  });

  it('prefer what is current to what only the grace makes good', async () => {
    const ocsp = [answer({ nextUpdate: hoursFromTestTime(-0.5) })];
    const settings = { mode: 'grace', graceSeconds: 3600, methods: ['ocsp', 'crl'] } as const;
    expect(await statusOf({ ocsp, crls: [revokedCrl], settings })).toBe('revoked');
    expect(await statusOf({ ocsp, settings })).toBe('good');
  });

  it('stand in for each other where one proves nothing', async () => {
    const ocsp = [answer({ responderKey: testKey('forger') })];
    const material = { ocsp, crls: [revokedCrl] };
    expect(await statusOf({ ...material, settings: { methods: ['ocsp', 'crl'] } })).toBe('revoked');
    expect(await statusOf({ ...material, settings: { methods: ['ocsp'] } })).toContain('verify');
  });
});

describe('OCSP requests', () => {
  const query = { certificate: parseCertificate(target), issuerKey: anchorKey() };

  function anchorKey() {
    return parseCertificate(buildCertificate({ subjectKey: testKey('ca') })).publicKey;
  }

  it('name the certificate as RFC 6960 section 4.1.1 has it', async () => {
    const request = await encodeOcspRequest({
      query,
      certIdHash: 'SHA-1',
      hash: nodeHash,
      nonce: undefined,
    });
    // The CertID of a response about the same certificate is the same, octet by octet.
    const certId = Buffer.from(request).subarray(8);
    expect(answer().includes(certId)).toBe(true);
    expect(certId[0]).toBe(0x30);
  });

  it('carry a nonce where asked', async () => {
    const nonce = Buffer.alloc(32, 9);
    const inputs = { query, certIdHash: 'SHA-256', hash: nodeHash, nonce } as const;
    const request = Buffer.from(await encodeOcspRequest(inputs));
    expect(request.includes(der(0x04, der(0x04, nonce)))).toBe(true);
  });
});
