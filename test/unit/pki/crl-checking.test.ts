/** RFC 5280 section 6.3 beyond what PKITS asks, and the modes of checking. */
import { describe, expect, it } from 'vitest';
import {
  defaultRevocationSettings,
  oids,
  parseCertificate,
  trustAnchorFromCertificate,
  type RevocationQuery,
} from '../../../src/pki/index.ts';
import {
  authorityKeyIdentifier,
  buildCa,
  buildCertificate,
  buildCrl,
  certificateIssuer,
  crlDistributionPoints,
  deltaCrlIndicator,
  derExtension,
  derInteger,
  der,
  distributionPoint,
  dn,
  extendedKeyUsage,
  hoursFromTestTime,
  issuingDistributionPoint,
  keyUsage,
  basicConstraints,
  testKey,
} from '../../testkit/pki-builder.ts';
import { findPath, verdictOf } from '../../testkit/pki-path.ts';
import { revocation, type RevocationMaterial } from '../../testkit/pki-revocation.ts';

const serialNumber = derInteger(4711);
const target = buildCertificate({ serialNumber });
const revokedEntry = { serialNumber, reason: 1 };

/** `good`, `revoked`, or the message of an unknown status. */
async function statusOf(material: RevocationMaterial, certificate = target): Promise<string> {
  const result = await findPath({ target: certificate, revocation: revocation(material) });
  if (result.ok) return result.path.revocation[0]?.status ?? 'none';
  return result.code === 'certificate_revoked' ? 'revoked' : result.failure.message;
}

describe('CRL checking', () => {
  it('says good, with origin and age', async () => {
    const result = await findPath({ target, revocation: revocation({ crls: [buildCrl()] }) });
    expect(result.ok && result.path.revocation).toEqual([
      {
        status: 'good',
        evidence: [
          {
            method: 'crl',
            origin: 'crl 0',
            thisUpdate: hoursFromTestTime(-1),
            nextUpdate: hoursFromTestTime(24),
            ageSeconds: 3600,
            stale: false,
          },
        ],
        refusals: [
          { method: 'ocsp', origin: undefined, message: 'There is no OCSP response at hand.' },
        ],
      },
    ]);
  });

  it('says revoked, with date and reason', async () => {
    const crls = [buildCrl({ entries: [{ serialNumber: derInteger(1) }, revokedEntry] })];
    const result = await findPath({ target, revocation: revocation({ crls }) });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.failure.code).toBe('certificate_revoked');
    expect(!result.ok && result.failure.message).toContain('2030-06-15 10:00:00 UTC');
    expect(!result.ok && result.failure.message).toContain('keyCompromise');
  });

  it('takes a hold for a revocation', async () => {
    const crls = [buildCrl({ entries: [{ serialNumber, reason: 6 }] })];
    expect(await statusOf({ crls })).toBe('revoked');
  });

  it('finds an entry in a long list that is in no order', async () => {
    const entries = Array.from({ length: 2000 }, (_, i) => ({
      serialNumber: derInteger((i * 7919) % 65_536),
    }));
    const without = entries.filter((entry) => !entry.serialNumber.equals(serialNumber));
    expect(await statusOf({ crls: [buildCrl({ entries: without })] })).toBe('good');
    const crl = buildCrl({
      entries: [...without.slice(0, 999), revokedEntry, ...without.slice(999)],
    });
    expect(await statusOf({ crls: [crl] })).toBe('revoked');
  });

  it.each([
    ['none at hand', [], 'No CRL by the certificate’s CRL issuer'],
    [
      'another issuer',
      [buildCrl({ issuer: dn('Other') })],
      'No CRL by the certificate’s CRL issuer',
    ],
    ['an impostor', [buildCrl({ issuerKey: testKey('impostor') })], 'does not verify'],
    ['the past', [buildCrl({ nextUpdate: hoursFromTestTime(-1) })], 'out of date'],
    ['the future', [buildCrl({ thisUpdate: hoursFromTestTime(1) })], 'from the future'],
    ['no end', [buildCrl({ nextUpdate: null })], 'has no nextUpdate'],
    [
      'an unknown critical extension',
      [buildCrl({ extensions: [derExtension('1.2.3', true, der(0x05))] })],
      'critical extension 1.2.3',
    ],
    [
      'an unknown critical entry extension',
      [
        buildCrl({
          entries: [
            {
              serialNumber: derInteger(1),
              extensions: [derExtension('1.2.3', true, der(0x05))],
            },
          ],
        }),
      ],
      'critical extension 1.2.3',
    ],
    [
      'CAs only',
      [buildCrl({ extensions: [issuingDistributionPoint({ onlyCa: true })] })],
      'CAs only',
    ],
    [
      'attribute certificates only',
      [buildCrl({ extensions: [issuingDistributionPoint({ onlyAttribute: true })] })],
      'attribute certificates only',
    ],
    [
      'another distribution point',
      [buildCrl({ extensions: [issuingDistributionPoint({ uri: 'http://x.test/1' })] })],
      'another distribution point',
    ],
    [
      'some reasons only',
      [buildCrl({ extensions: [issuingDistributionPoint({ reasons: 0x40 })] })],
      'do not cover every revocation reason',
    ],
    ['a delta alone', [buildCrl({ extensions: [deltaCrlIndicator(1)], number: 2 })], 'No CRL by'],
  ])('does not know by a CRL of %s', async (_, crls, message) => {
    expect(await statusOf({ crls })).toContain(message);
  });

  it('does not know of a CA by a CRL of end entities only', async () => {
    const crls = [buildCrl({ extensions: [issuingDistributionPoint({ onlyUser: true })] })];
    const issuer = { issuer: dn('CA'), issuerKey: testKey('ca') };
    const sub = buildCa({ subject: dn('Sub'), subjectKey: testKey('sub'), ...issuer });
    expect(await statusOf({ crls })).toBe('good');
    expect(await statusOf({ crls }, sub)).toContain('end entities only');
  });

  it('allows for a clock that runs ahead by the stated skew, and no more', async () => {
    const crls = [buildCrl({ thisUpdate: hoursFromTestTime(45 / 3600) })];
    expect(await statusOf({ crls })).toBe('good');
    expect(await statusOf({ crls, settings: { clockSkewSeconds: 30 } })).toContain('future');
  });

  it('adds up CRLs for some reasons each until all are covered', async () => {
    const half = (reasons: number, entries: (typeof revokedEntry)[] = []) =>
      buildCrl({ extensions: [issuingDistributionPoint({ reasons })], entries });
    // Bit 8 of the flags stands in a second octet, so that no pair of one-octet flags is complete.
    expect(await statusOf({ crls: [half(0x60), half(0x1e)] })).toContain('every revocation reason');
    expect(await statusOf({ crls: [half(0x60), buildCrl()] })).toBe('good');
    expect(await statusOf({ crls: [half(0x60), half(0x1e, [revokedEntry])] })).toBe('revoked');
  });

  it('believes the newest of several CRLs, whatever their order', async () => {
    const older = buildCrl({ thisUpdate: hoursFromTestTime(-3) });
    const newer = buildCrl({ entries: [revokedEntry] });
    expect(await statusOf({ crls: [older, newer] })).toBe('revoked');
    expect(await statusOf({ crls: [newer, older] })).toBe('revoked');
    const lifted = buildCrl({ thisUpdate: hoursFromTestTime(-0.5) });
    expect(await statusOf({ crls: [older, newer, lifted] })).toBe('good');
  });

  it('asks the CRL of the key that signed the certificate, where a CA has one for each', async () => {
    const oldKey = testKey('ca');
    const newKey = testKey('ca2');
    const rollover = buildCa({ subjectKey: newKey, issuerKey: oldKey });
    const identified = buildCertificate({
      serialNumber,
      extensions: [authorityKeyIdentifier(oldKey)],
    });
    const crlOf = (key: typeof oldKey, fields: Parameters<typeof buildCrl>[0] = {}) =>
      buildCrl({ issuerKey: key, extensions: [authorityKeyIdentifier(key)], ...fields });
    const newerOther = crlOf(newKey, { thisUpdate: hoursFromTestTime(-0.5) });
    const status = (own: Buffer[]) =>
      statusOf({ crls: [newerOther, ...own], crlIssuers: [rollover] }, identified);
    expect(await status([crlOf(oldKey, { entries: [revokedEntry] })])).toBe('revoked');
    expect(await status([crlOf(oldKey)])).toBe('good');
    expect(await status([crlOf(oldKey, { nextUpdate: hoursFromTestTime(-1) })])).toContain(
      'out of date',
    );
    // Only the new key speaks, and nobody but itself says that it has not been revoked.
    expect(await status([])).toContain('no valid path');
  });

  it('refuses a CRL signed with the CA’s key where that key is not for CRLs', async () => {
    const extensions = [basicConstraints(true), keyUsage('keyCertSign')];
    const ca = { subject: dn('CA'), subjectKey: testKey('ca') };
    const anchor = buildCertificate({ ...ca, extensions });
    const result = await findPath({
      target,
      anchors: [anchor],
      revocation: revocation({ crls: [buildCrl()] }),
    });
    expect(!result.ok && result.failure.message).toContain('not for signing CRLs');
  });

  it('checks every certificate below the anchor, CAs first', async () => {
    const sub = buildCa({
      subject: dn('Sub'),
      subjectKey: testKey('sub'),
      issuer: dn('CA'),
      issuerKey: testKey('ca'),
      serialNumber,
    });
    const leaf = buildCertificate({ issuer: dn('Sub'), issuerKey: testKey('sub') });
    const subCrl = buildCrl({ issuer: dn('Sub'), issuerKey: testKey('sub') });
    const inputs = { target: leaf, intermediates: [sub] };
    const good = revocation({ crls: [buildCrl(), subCrl] });
    expect(await verdictOf({ ...inputs, revocation: good })).toBe('ok');
    const bad = revocation({ crls: [buildCrl({ entries: [revokedEntry] }), subCrl] });
    expect(await verdictOf({ ...inputs, revocation: bad })).toBe('certificate_revoked at 1');
    const missing = revocation({ crls: [subCrl] });
    expect(await verdictOf({ ...inputs, revocation: missing })).toBe(
      'revocation_status_unknown at 1',
    );
  });
});

describe('delta CRLs', () => {
  const delta = (fields: Parameters<typeof buildCrl>[0] & { base?: number }) =>
    buildCrl({
      number: 11,
      ...fields,
      extensions: [deltaCrlIndicator(fields.base ?? 10), ...(fields.extensions ?? [])],
    });
  const complete = buildCrl({ number: 10 });

  it('add revocations to the complete CRL', async () => {
    const crls = [complete, delta({ entries: [revokedEntry] })];
    expect(await statusOf({ crls })).toBe('revoked');
  });

  it('take revocations back', async () => {
    const held = buildCrl({ number: 10, entries: [{ serialNumber, reason: 6 }] });
    const lifted = delta({ entries: [{ serialNumber, reason: 8 }] });
    expect(await statusOf({ crls: [held] })).toBe('revoked');
    expect(await statusOf({ crls: [held, lifted] })).toBe('good');
  });

  it('count newest first', async () => {
    const crls = [
      complete,
      delta({ entries: [revokedEntry] }),
      delta({ number: 12, entries: [{ serialNumber, reason: 8 }] }),
    ];
    expect(await statusOf({ crls })).toBe('good');
  });

  it.each([
    ['builds on a later one', { base: 11 }],
    ['is not newer', { number: 10 }],
    ['has another issuer', { issuer: dn('Other') }],
    ['names another key', { extensions: [authorityKeyIdentifier(testKey('other'))] }],
    ['has another scope', { extensions: [issuingDistributionPoint({ onlyUser: true })] }],
    ['is out of date', { nextUpdate: hoursFromTestTime(-1) }],
    ['is an impostor’s', { issuerKey: testKey('impostor') }],
  ])('leave the complete CRL alone where the delta %s', async (_, fields) => {
    const crls = [complete, delta({ entries: [revokedEntry], ...fields })];
    expect(await statusOf({ crls })).toBe('good');
  });
});

describe('indirect CRLs and separate CRL issuers', () => {
  const crlIssuerName = dn('CRL issuer');
  const crlIssuerKey = testKey('crl issuer');
  const signer = (fields: Parameters<typeof buildCertificate>[0] = {}) =>
    buildCertificate({
      subject: crlIssuerName,
      subjectKey: crlIssuerKey,
      ...fields,
      extensions: [
        ...(fields.extensions ?? [keyUsage('cRLSign')]),
        crlDistributionPoints(distributionPoint('http://crl.test/signers')),
      ],
    });
  const point = distributionPoint(undefined, { crlIssuer: crlIssuerName });
  const device = buildCertificate({ serialNumber, extensions: [crlDistributionPoints(point)] });
  const indirect = (entries: Parameters<typeof buildCrl>[0] = {}) =>
    buildCrl({
      issuer: crlIssuerName,
      issuerKey: crlIssuerKey,
      extensions: [issuingDistributionPoint({ indirect: true })],
      ...entries,
    });
  const own = { serialNumber, extensions: [certificateIssuer(dn('CA'))] };
  // The CRL issuer's own certificate is covered by a CRL of the CA's that covers nothing else.
  const caCrlScope = { extensions: [issuingDistributionPoint({ uri: 'http://crl.test/signers' })] };
  const caCrl = buildCrl(caCrlScope);

  it('are used where the certificate names their issuer', async () => {
    const base = { crlIssuers: [signer()] };
    expect(await statusOf({ ...base, crls: [indirect(), caCrl] }, device)).toBe('good');
    const crls = [indirect({ entries: [own] }), caCrl];
    expect(await statusOf({ ...base, crls }, device)).toBe('revoked');
  });

  it('need no purpose that the anchor asks of devices, and count against the limit of paths', async () => {
    const requiredPurposes = [oids.clientAuth];
    const anchor = trustAnchorFromCertificate(parseCertificate(buildCa()), { requiredPurposes });
    const extensions = [keyUsage('cRLSign'), extendedKeyUsage(oids.ocspSigning)];
    const material = { crls: [indirect(), caCrl], crlIssuers: [signer({ extensions })] };
    const inputs = { target: device, anchors: [anchor], revocation: revocation(material) };
    expect(await verdictOf(inputs)).toBe('ok');
    expect(await verdictOf({ ...inputs, limits: { maxPaths: 1 } })).toBe(
      'revocation_status_unknown at 0',
    );
  });

  it('tell apart equal serial numbers of different issuers', async () => {
    const other = { serialNumber, extensions: [certificateIssuer(dn('Other'))] };
    const following = { serialNumber: derInteger(4712) };
    const base = { crlIssuers: [signer()] };
    const crls = (...entries: (typeof other)[]) => [indirect({ entries }), caCrl];
    expect(await statusOf({ ...base, crls: crls(other) }, device)).toBe('good');
    const sticky = [own, { ...following, extensions: [] }];
    const next = buildCertificate({
      serialNumber: derInteger(4712),
      extensions: [crlDistributionPoints(point)],
    });
    expect(await statusOf({ ...base, crls: crls(...sticky) }, next)).toBe('revoked');
  });

  it('are refused where the CRL does not say that it is indirect', async () => {
    const crls = [buildCrl({ issuer: crlIssuerName, issuerKey: crlIssuerKey })];
    expect(await statusOf({ crls, crlIssuers: [signer()] }, device)).toContain(
      'not an indirect CRL',
    );
  });

  it.each([
    ['is not at hand', [], 'not at hand'],
    ['is another CA’s', [signer({ issuerKey: testKey('other') })], 'no valid path'],
    ['has expired', [signer({ notAfter: hoursFromTestTime(-1) })], 'no valid path'],
    [
      'is not for CRLs',
      [signer({ extensions: [keyUsage('digitalSignature')] })],
      'not for signing',
    ],
  ])('are refused where their issuer’s certificate %s', async (_, crlIssuers, message) => {
    expect(await statusOf({ crls: [indirect(), caCrl], crlIssuers }, device)).toContain(message);
  });

  it('are refused from a device that bears the CRL issuer’s name and leaves its usage open', async () => {
    const crls = [indirect(), caCrl];
    const open = { extensions: [] };
    expect(await statusOf({ crls, crlIssuers: [signer(open)] }, device)).toContain(
      'not for signing',
    );
    const ca = { extensions: [basicConstraints(true)] };
    expect(await statusOf({ crls, crlIssuers: [signer(ca)] }, device)).toBe('good');
  });

  it('are refused where their issuer’s certificate is revoked', async () => {
    const revoked = signer({ serialNumber: derInteger(99) });
    const crls = [
      indirect(),
      buildCrl({ ...caCrlScope, entries: [{ serialNumber: derInteger(99) }] }),
    ];
    expect(await statusOf({ crls, crlIssuers: [revoked] }, device)).toContain('no valid path');
  });

  it('do not run in circles where two CRL issuers vouch for each other', async () => {
    const names = ['one', 'two'] as const;
    const issuers = names.map((name, i) =>
      buildCertificate({
        subject: dn(name),
        subjectKey: testKey(name),
        extensions: [
          keyUsage('cRLSign'),
          crlDistributionPoints(
            distributionPoint(undefined, { crlIssuer: dn(names[1 - i] ?? '') }),
          ),
        ],
      }),
    );
    const crls = names.map((name) => indirect({ issuer: dn(name), issuerKey: testKey(name) }));
    const circled = buildCertificate({
      extensions: [crlDistributionPoints(distributionPoint(undefined, { crlIssuer: dn('one') }))],
    });
    const inputs = revocation({ crls, crlIssuers: issuers });
    let asked = 0;
    const source = {
      ...inputs.source,
      crlsFor: (query: RevocationQuery) => {
        asked++;
        return inputs.source.crlsFor(query);
      },
    };
    const result = await findPath({ target: circled, revocation: { ...inputs, source } });
    expect(!result.ok && result.failure.message).toContain('no valid path');
    expect(asked).toBeLessThan(10);
  });
});

describe('modes', () => {
  const stale = [buildCrl({ nextUpdate: hoursFromTestTime(-2) })];
  const grace = (hours: number) => ({ mode: 'grace' as const, graceSeconds: hours * 3600 });

  it('grace accepts a stale CRL for its time, and marks it', async () => {
    expect(await statusOf({ crls: stale })).toContain('out of date');
    expect(await statusOf({ crls: stale, settings: grace(1) })).toContain('out of date');
    const inputs = revocation({ crls: stale, settings: grace(3) });
    const result = await findPath({ target, revocation: inputs });
    const status = result.ok ? result.path.revocation[0] : undefined;
    expect(status?.status === 'good' && status.evidence[0]?.stale).toBe(true);
  });

  it('grace still believes a stale CRL that lists the certificate', async () => {
    const crls = [buildCrl({ nextUpdate: hoursFromTestTime(-2), entries: [revokedEntry] })];
    expect(await statusOf({ crls, settings: grace(3) })).toBe('revoked');
  });

  it('grace accepts no absence of CRLs', async () => {
    expect(await statusOf({ settings: grace(1000) })).toContain('No CRL');
  });

  it('refuse where a setting is not a number', async () => {
    const crls = [buildCrl()];
    expect(await statusOf({ crls, settings: { clockSkewSeconds: NaN } })).toContain('future');
    expect(await statusOf({ crls: stale, settings: grace(NaN) })).toContain('out of date');
  });

  it('off checks nothing and says so', async () => {
    const crls = [buildCrl({ entries: [revokedEntry] })];
    expect(await statusOf({ crls, settings: { mode: 'off' } })).toBe('not_checked');
  });

  it('are each anchor’s own', async () => {
    const settings = { ...defaultRevocationSettings, mode: 'off' as const };
    const anchor = trustAnchorFromCertificate(parseCertificate(buildCa()), {
      revocation: settings,
    });
    const inputs = { target, anchors: [anchor], revocation: revocation({}) };
    expect(await verdictOf(inputs)).toBe('ok');
    expect(await verdictOf({ target, revocation: revocation({}) })).toBe(
      'revocation_status_unknown at 0',
    );
  });
});
