import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  formatName,
  parseCertificate,
  parsePublicKey,
  serialNumberHex,
  signatureAlgorithmsFor,
} from '../../../src/pki/index.ts';
import { codeOf } from '../../testkit/code-of.ts';
import { keyPair } from '../../testkit/test-ca.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  buildCertificate,
  certificatePolicies,
  crlDistributionPoints,
  der,
  derExtension,
  derInteger,
  derOid,
  distributionPoint,
  dn,
  extendedKeyUsage,
  generalName,
  inhibitAnyPolicy,
  keyUsage,
  nameConstraints,
  policyConstraints,
  policyMappings,
  subjectAlternativeName,
  subjectKeyIdentifier,
  testKey,
} from '../../testkit/pki-builder.ts';

describe('reading certificates', () => {
  it('gives every field', () => {
    const extensions = [
      basicConstraints(true, 3),
      keyUsage('keyCertSign', 'cRLSign'),
      extendedKeyUsage('1.3.6.1.5.5.7.3.2'),
      subjectAlternativeName(generalName.dns('a.test'), generalName.ip(10, 0, 0, 1)),
      nameConstraints([generalName.dns('test')], [generalName.email('x@y.test')]),
      certificatePolicies('1.2.3'),
      policyMappings(['1.2.3', '1.2.4']),
      policyConstraints(1, 2),
      inhibitAnyPolicy(4),
      subjectKeyIdentifier(testKey('subject')),
      authorityKeyIdentifier(testKey('ca')),
      crlDistributionPoints(distributionPoint('http://crl.test/')),
      derExtension('2.5.29.46', false, der(0x30, distributionPoint('http://delta.test/'))),
      derExtension(
        '1.3.6.1.5.5.7.1.1',
        false,
        der(0x30, der(0x30, derOid('1.3.6.1.5.5.7.48.1'), generalName.uri('http://ocsp.test/'))),
      ),
    ];
    const c = parseCertificate(
      buildCertificate({ extensions, serialNumber: derInteger(0xabcd), subject: dn('me') }),
    );
    expect(c.version).toBe(3);
    expect(serialNumberHex(c)).toBe('00abcd');
    expect([formatName(c.issuer), formatName(c.subject)]).toEqual(['CN=CA', 'CN=me']);
    expect([c.notBefore.getUTCFullYear(), c.notAfter.getUTCFullYear()]).toEqual([2030, 2031]);
    expect(c.publicKey).toMatchObject({ kind: 'ec', bits: 256, curve: 'P-256' });
    expect(c.basicConstraints).toEqual({ ca: true, pathLength: 3 });
    expect([...(c.keyUsage ?? [])]).toEqual(['keyCertSign', 'cRLSign']);
    expect(c.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(c.subjectAlternativeName?.map(({ form }) => form)).toEqual(['dNSName', 'iPAddress']);
    expect(c.nameConstraints?.permitted).toEqual([{ form: 'dNSName', value: 'test' }]);
    expect(c.nameConstraints?.excluded).toEqual([{ form: 'rfc822Name', value: 'x@y.test' }]);
    expect(c.certificatePolicies?.map(({ policy }) => policy)).toEqual(['1.2.3']);
    expect(c.policyMappings).toEqual([
      { issuerDomainPolicy: '1.2.3', subjectDomainPolicy: '1.2.4' },
    ]);
    expect(c.policyConstraints).toEqual({ requireExplicitPolicy: 1, inhibitPolicyMapping: 2 });
    expect(c.inhibitAnyPolicy).toBe(4);
    expect(c.subjectKeyIdentifier?.length).toBe(20);
    expect(c.authorityKeyIdentifier?.keyIdentifier?.length).toBe(20);
    expect(c.crlDistributionPoints?.length).toBe(1);
    expect(c.freshestCrl?.length).toBe(1);
    expect(c.authorityInfoAccess?.[0]?.method).toBe('1.3.6.1.5.5.7.48.1');
    expect(c.extensions.length).toBe(extensions.length);
  });

  it('refuses every truncation, and anything that follows', () => {
    const whole = buildCertificate({ extensions: [basicConstraints(false)] });
    for (let length = 0; length < whole.length; length++) {
      expect(codeOf(() => parseCertificate(whole.subarray(0, length)))).toMatch(/_malformed$/);
    }
    const longer = Buffer.concat([whole, Buffer.of(0)]);
    expect(codeOf(() => parseCertificate(longer))).toBe('certificate_malformed');
  });

  it('refuses 10 MB without reading an octet of it', () => {
    const unread = new Proxy(new Uint8Array(10_000_000), {
      get: (bytes, member) => {
        if (member === 'length') return bytes.length;
        throw new Error(`${String(member)} was read.`);
      },
    });
    expect(codeOf(() => parseCertificate(unread))).toBe('input_too_large');
  });

  it('refuses deep nesting', () => {
    let nested: Buffer = der(0x30);
    for (let i = 0; i < 10_000; i++) nested = der(0x30, nested);
    expect(codeOf(() => parseCertificate(nested))).toBe('certificate_malformed');
  });

  it('refuses a signature that is not a whole number of octets', () => {
    const signed = (unused: number): Buffer => {
      const { tbsDer, signatureAlgorithm } = parseCertificate(buildCertificate());
      return der(
        0x30,
        Buffer.from(tbsDer),
        Buffer.from(signatureAlgorithm.der),
        der(3, Buffer.of(unused, 0x80)),
      );
    };
    expect(codeOf(() => parseCertificate(signed(0)))).toBeUndefined();
    expect(codeOf(() => parseCertificate(signed(1)))).toBe('certificate_malformed');
  });

  it('refuses two signature algorithms that differ', () => {
    const certificate = buildCertificate({});
    const at = certificate.lastIndexOf(derOid('1.2.840.10045.4.3.2'));
    certificate[at + 9] = 3;
    expect(codeOf(() => parseCertificate(certificate))).toBe('certificate_malformed');
  });

  it.each([
    ['version 4', { version: der(0xa0, derInteger(3)) }],
    ['version 1 spelled out', { version: der(0xa0, derInteger(0)) }],
    ['extensions in version 1', { version: Buffer.alloc(0), extensions: [basicConstraints(true)] }],
    [
      'extensions in version 2',
      { version: der(0xa0, derInteger(1)), extensions: [basicConstraints(true)] },
    ],
    ['a serial number that is not minimal', { serialNumber: der(2, Buffer.of(0, 1)) }],
  ])('refuses %s', (_, fields) => {
    expect(codeOf(() => parseCertificate(buildCertificate(fields)))).toBe('certificate_malformed');
  });

  it('refuses the same extension twice', () => {
    const extensions = [basicConstraints(true), basicConstraints(false)];
    expect(codeOf(() => parseCertificate(buildCertificate({ extensions })))).toBe(
      'extension_duplicate',
    );
  });

  it('refuses the same extension twice wherever it stands among many', () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      derExtension(`1.2.${Math.floor(i / 100)}.${i % 100}`, false, der(5)),
    );
    const build = (extensions: Buffer[]) => buildCertificate({ extensions });
    expect(codeOf(() => parseCertificate(build(many)))).toBeUndefined();
    for (const again of [many[31], many[32], many.at(-1)]) {
      const doubled = build([...many, again ?? Buffer.alloc(0)]);
      expect(codeOf(() => parseCertificate(doubled))).toBe('extension_duplicate');
    }
  });

  it('lets critical FALSE be spelled out, which nothing hangs on', () => {
    const spelled = der(0x30, derOid('1.2.3'), der(1, Buffer.of(0)), der(4, der(5)));
    const c = parseCertificate(buildCertificate({ extensions: [spelled] }));
    expect(c.extensions[0]?.critical).toBe(false);
  });

  const uri = generalName.uri('http://x.test/');
  it.each([
    ['2.5.29.19', 'a path length without cA', der(0x30, derInteger(1))],
    [
      '2.5.29.19',
      'a negative path length',
      der(0x30, der(1, Buffer.of(255)), der(2, Buffer.of(255))),
    ],
    ['2.5.29.15', 'no bit', der(3, Buffer.of(0))],
    ['2.5.29.15', 'undefined bits', der(3, Buffer.of(0, 1, 1, 1))],
    ['2.5.29.37', 'no purpose', der(0x30)],
    ['2.5.29.17', 'no name', der(0x30)],
    ['2.5.29.17', 'a name of unknown form', der(0x30, der(0x89, Buffer.of(1)))],
    ['2.5.29.17', 'a name beyond ASCII', der(0x30, der(0x82, Buffer.from('ä')))],
    ['2.5.29.30', 'no subtree', der(0x30)],
    ['2.5.29.30', 'an empty list of subtrees', der(0x30, der(0xa0))],
    [
      '2.5.29.30',
      'a minimum',
      der(0x30, der(0xa0, der(0x30, generalName.dns('x'), der(0x80, Buffer.of(1))))),
    ],
    [
      '2.5.29.30',
      'an address without mask',
      der(0x30, der(0xa0, der(0x30, generalName.ip(1, 2, 3, 4)))),
    ],
    [
      '2.5.29.30',
      'a mask with holes',
      der(0x30, der(0xa0, der(0x30, generalName.ip(1, 2, 3, 4, 255, 0, 255, 0)))),
    ],
    ['2.5.29.32', 'no policy', der(0x30)],
    [
      '2.5.29.32',
      'a policy twice',
      der(0x30, der(0x30, derOid('1.2.3')), der(0x30, derOid('1.2.3'))),
    ],
    ['2.5.29.33', 'no mapping', der(0x30)],
    ['2.5.29.36', 'nothing', der(0x30)],
    ['2.5.29.54', 'a negative number', der(2, Buffer.of(255))],
    ['2.5.29.14', 'another type', der(5)],
    ['2.5.29.35', 'an issuer without serial number', der(0x30, der(0xa1, uri))],
    ['2.5.29.31', 'a point without name and issuer', der(0x30, der(0x30))],
    ['2.5.29.31', 'no point', der(0x30)],
    ['1.3.6.1.5.5.7.1.1', 'no description', der(0x30)],
    [
      '1.3.6.1.5.5.7.1.1',
      'junk behind a description',
      der(0x30, der(0x30, derOid('1.2.3'), uri, der(5))),
    ],
  ])('refuses extension %s with %s', (oid, _, value) => {
    const extensions = [derExtension(oid, false, value)];
    expect(codeOf(() => parseCertificate(buildCertificate({ extensions })))).toBe(
      'extension_malformed',
    );
  });
});

describe('public keys', () => {
  const spkiOf = (type: Parameters<typeof keyPair>[0]) =>
    parsePublicKey(keyPair(type).publicKey.export({ type: 'spki', format: 'der' }));

  it.each([
    ['p256', 'ec', 256, 'P-256', ['ES256']],
    ['p384', 'ec', 384, 'P-384', ['ES384']],
    ['p521', 'ec', 521, 'P-521', ['ES512']],
    ['rsa2048', 'rsa', 2048, undefined, ['PS256', 'RS256']],
    ['ed25519', 'ed25519', 256, undefined, ['EdDSA']],
  ] as const)('reads %s and says what it can sign', (type, kind, bits, curve, algorithms) => {
    const key = spkiOf(type);
    expect(key).toMatchObject({ kind, bits, curve });
    expect(signatureAlgorithmsFor(key)).toEqual(algorithms);
  });

  const bits = (...octets: number[]) => der(3, Buffer.of(0, ...octets));
  const rsa = der(0x30, derOid('1.2.840.113549.1.1.1'), der(5));
  const rsaKeyOf = (modulus: Buffer, exponent: Buffer) =>
    der(0x30, rsa, der(3, Buffer.of(0), der(0x30, modulus, exponent)));

  it('offers nothing for a short RSA key, an unknown one, or one on an unknown curve', () => {
    const short = parsePublicKey(rsaKeyOf(der(2, Buffer.alloc(128, 0x7f)), derInteger(65_537)));
    expect([short.bits, signatureAlgorithmsFor(short)]).toEqual([1023, []]);
    const unknown = parsePublicKey(der(0x30, der(0x30, derOid('1.2.3')), bits(1)));
    expect([unknown.kind, signatureAlgorithmsFor(unknown)]).toEqual(['unknown', []]);
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const ec = parsePublicKey(publicKey.export({ type: 'spki', format: 'der' }));
    expect([ec.kind, signatureAlgorithmsFor(ec)]).toEqual(['ec', []]);
  });

  it.each([
    ['a negative modulus', rsaKeyOf(der(2, Buffer.of(0x80)), derInteger(3))],
    ['an exponent of zero', rsaKeyOf(derInteger(77), derInteger(0))],
    ['an even exponent', rsaKeyOf(derInteger(77), derInteger(4))],
    ['an exponent beyond 64 bits', rsaKeyOf(derInteger(77), der(2, Buffer.alloc(9, 0x7f)))],
    ['an EC key without curve', der(0x30, der(0x30, derOid('1.2.840.10045.2.1')), bits(4))],
    [
      'a point of another curve',
      der(0x30, der(0x30, derOid('1.2.840.10045.2.1'), derOid('1.3.132.0.34')), bits(4, 1, 2)),
    ],
    [
      'Ed25519 with parameters',
      der(0x30, der(0x30, derOid('1.3.101.112'), der(5)), der(3, Buffer.alloc(33))),
    ],
    ['Ed25519 of another length', der(0x30, der(0x30, derOid('1.3.101.112')), bits(1))],
    ['a key of seven bits', der(0x30, der(0x30, derOid('1.2.3')), der(3, Buffer.of(1, 0x80)))],
  ])('refuses %s', (_, spki) => {
    expect(codeOf(() => parsePublicKey(spki))).toBe('public_key_malformed');
  });
});
