/**
 * Certificates, CRLs and OCSP responses of any shape, right or wrong, for tests of src/pki. Where
 * test-ca.ts is a well-behaved CA, this is the forger's workshop: every field can be set.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { der, derExtension, derOid } from './test-ca.ts';

export { der, derExtension, derOid } from './test-ca.ts';

/** A key pair with its SubjectPublicKeyInfo. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly spki: Buffer;
}

const keys = new Map<string, TestKey>();

/** The P-256 key of a label: the same for the same label, so that tests stay quick. */
export function testKey(label: string): TestKey {
  return cachedKey(`p256:${label}`, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
}

/** The RSA key of a label and size. */
export function rsaKey(label: string, modulusLength = 2048): TestKey {
  return cachedKey(`rsa${modulusLength}:${label}`, () =>
    generateKeyPairSync('rsa', { modulusLength }),
  );
}

function cachedKey(
  id: string,
  make: () => { privateKey: KeyObject; publicKey: KeyObject },
): TestKey {
  let key = keys.get(id);
  if (key === undefined) {
    const { privateKey, publicKey } = make();
    key = { privateKey, spki: publicKey.export({ type: 'spki', format: 'der' }) };
    keys.set(id, key);
  }
  return key;
}

/** A Name of one common name, or of `type=value` parts with types by OID. */
export function dn(...parts: readonly (string | readonly [oid: string, text: string])[]): Buffer {
  const rdns = parts.map((part) => {
    const [oid, text] = typeof part === 'string' ? (['2.5.4.3', part] as const) : part;
    return der(0x31, der(0x30, derOid(oid), der(0x0c, Buffer.from(text))));
  });
  return der(0x30, ...rdns);
}

/** UTCTime or GeneralizedTime, as RFC 5280 section 4.1.2.5 chooses. */
export function derTime(date: Date): Buffer {
  const text = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? der(0x17, Buffer.from(text.slice(2)))
    : der(0x18, Buffer.from(text));
}

/** A GeneralizedTime, as OCSP has it. */
export function generalizedTime(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
}

/** An INTEGER of a small non-negative number. */
export function derInteger(value: number): Buffer {
  const octets = [value & 0xff];
  for (let rest = Math.floor(value / 256); rest > 0; rest = Math.floor(rest / 256)) {
    octets.unshift(rest & 0xff);
  }
  if ((octets[0] ?? 0) >= 0x80) octets.unshift(0);
  return der(0x02, Buffer.from(octets));
}

/** The moment at which everything built here is valid unless told otherwise. */
export const testTime = new Date('2030-06-15T12:00:00Z');

/** A moment relative to {@link testTime}. */
export function hoursFromTestTime(hours: number): Date {
  return new Date(testTime.getTime() + hours * 3_600_000);
}

const ecdsaWithSha256 = der(0x30, derOid('1.2.840.10045.4.3.2'));
const sha256WithRsa = der(0x30, derOid('1.2.840.113549.1.1.11'), der(0x05));

/** Signs as the algorithm identifier that goes with the key says. */
function signatureOf(key: TestKey, tbs: Buffer): { algorithm: Buffer; signature: Buffer } {
  const algorithm = key.privateKey.asymmetricKeyType === 'rsa' ? sha256WithRsa : ecdsaWithSha256;
  return { algorithm, signature: sign('sha256', tbs, key.privateKey) };
}

/** Fields of a certificate; what is left out gets a harmless value. */
export interface CertificateFields {
  readonly subject?: Buffer;
  readonly issuer?: Buffer;
  readonly subjectKey?: TestKey;
  readonly issuerKey?: TestKey;
  readonly serialNumber?: Buffer;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly version?: Buffer;
  readonly spki?: Buffer;
  readonly extensions?: readonly Buffer[];
  /** Put in both places, whatever the signature really is. */
  readonly algorithm?: Buffer;
  readonly signature?: Buffer;
}

let nextSerial = 1;

/** Builds a certificate. */
export function buildCertificate(fields: CertificateFields = {}): Buffer {
  const subjectKey = fields.subjectKey ?? testKey('subject');
  const issuerKey = fields.issuerKey ?? testKey('ca');
  const { extensions = [] } = fields;
  const algorithm = fields.algorithm ?? signatureOf(issuerKey, Buffer.alloc(0)).algorithm;
  const tbs = der(
    0x30,
    fields.version ?? der(0xa0, derInteger(2)),
    fields.serialNumber ?? derInteger(nextSerial++),
    algorithm,
    fields.issuer ?? dn('CA'),
    der(
      0x30,
      derTime(fields.notBefore ?? hoursFromTestTime(-24)),
      derTime(fields.notAfter ?? hoursFromTestTime(24 * 365)),
    ),
    fields.subject ?? dn('subject'),
    fields.spki ?? subjectKey.spki,
    extensions.length === 0 ? Buffer.alloc(0) : der(0xa3, der(0x30, ...extensions)),
  );
  const signature = fields.signature ?? signatureOf(issuerKey, tbs).signature;
  return der(0x30, tbs, algorithm, der(0x03, Buffer.of(0), signature));
}

/** Puts a signature under whatever a TBSCertificate is said to be. */
export function signTbs(tbs: Buffer, issuerKey: TestKey): Buffer {
  const { algorithm, signature } = signatureOf(issuerKey, tbs);
  return der(0x30, tbs, algorithm, der(0x03, Buffer.of(0), signature));
}

/** Builds a CA certificate, self-signed unless told: cA, keyCertSign and cRLSign. */
export function buildCa(fields: CertificateFields & { readonly pathLength?: number } = {}): Buffer {
  const subject = fields.subject ?? dn('CA');
  const subjectKey = fields.subjectKey ?? testKey('ca');
  return buildCertificate({
    subject,
    subjectKey,
    issuer: subject,
    issuerKey: subjectKey,
    ...fields,
    extensions: [
      basicConstraints(true, fields.pathLength),
      keyUsage('keyCertSign', 'cRLSign'),
      ...(fields.extensions ?? []),
    ],
  });
}

const usages = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
] as const;

export function basicConstraints(ca: boolean, pathLength?: number): Buffer {
  const content = ca ? [der(0x01, Buffer.of(0xff))] : [];
  if (pathLength !== undefined) content.push(derInteger(pathLength));
  return derExtension('2.5.29.19', true, der(0x30, ...content));
}

export function keyUsage(...names: readonly (typeof usages)[number][]): Buffer {
  const octet = names.reduce((bits, name) => bits | (0x80 >> usages.indexOf(name)), 0);
  const unused = 31 - Math.clz32(octet & -octet);
  return derExtension('2.5.29.15', true, der(0x03, Buffer.of(unused, octet)));
}

export function extendedKeyUsage(...purposes: readonly string[]): Buffer {
  return derExtension('2.5.29.37', false, der(0x30, ...purposes.map(derOid)));
}

export function subjectAlternativeName(...names: readonly Buffer[]): Buffer {
  return derExtension('2.5.29.17', false, der(0x30, ...names));
}

/** GeneralName builders. */
export const generalName = {
  email: (text: string): Buffer => der(0x81, Buffer.from(text)),
  dns: (text: string): Buffer => der(0x82, Buffer.from(text)),
  uri: (text: string): Buffer => der(0x86, Buffer.from(text)),
  ip: (...octets: readonly number[]): Buffer => der(0x87, Buffer.from(octets)),
  directory: (name: Buffer): Buffer => der(0xa4, name),
  registeredId: (oid: string): Buffer => der(0x88, derOid(oid).subarray(2)),
  other: (oid: string, text: string): Buffer =>
    der(0xa0, derOid(oid), der(0xa0, der(0x0c, Buffer.from(text)))),
};

export function nameConstraints(
  permitted: readonly Buffer[],
  excluded: readonly Buffer[] = [],
): Buffer {
  const subtrees = (tag: number, bases: readonly Buffer[]): Buffer =>
    bases.length === 0
      ? Buffer.alloc(0)
      : der(tag, Buffer.concat(bases.map((base) => der(0x30, base))));
  return derExtension(
    '2.5.29.30',
    true,
    der(0x30, subtrees(0xa0, permitted), subtrees(0xa1, excluded)),
  );
}

export function certificatePolicies(...policies: readonly string[]): Buffer {
  const list = policies.map((policy) => der(0x30, derOid(policy)));
  return derExtension('2.5.29.32', false, der(0x30, ...list));
}

export function policyMappings(...mappings: readonly (readonly [string, string])[]): Buffer {
  const list = mappings.map(([issuer, subject]) => der(0x30, derOid(issuer), derOid(subject)));
  return derExtension('2.5.29.33', true, der(0x30, ...list));
}

export function policyConstraints(requireExplicit?: number, inhibitMapping?: number): Buffer {
  const field = (tag: number, value: number | undefined): Buffer =>
    value === undefined ? Buffer.alloc(0) : der(tag, Buffer.of(value));
  return derExtension(
    '2.5.29.36',
    true,
    der(0x30, field(0x80, requireExplicit), field(0x81, inhibitMapping)),
  );
}

export function inhibitAnyPolicy(skipCerts: number): Buffer {
  return derExtension('2.5.29.54', true, derInteger(skipCerts));
}

export function subjectKeyIdentifier(key: TestKey): Buffer {
  return derExtension('2.5.29.14', false, der(0x04, keyIdentifier(key)));
}

export function authorityKeyIdentifier(key: TestKey): Buffer {
  return derExtension('2.5.29.35', false, der(0x30, der(0x80, keyIdentifier(key))));
}

function keyIdentifier(key: TestKey): Buffer {
  return createHash('sha1').update(key.spki).digest();
}

/** A distribution point by address, with an octet of reasons or a CRL issuer's name. */
export function distributionPoint(
  uri: string | undefined,
  options: { readonly reasons?: number; readonly crlIssuer?: Buffer } = {},
): Buffer {
  return der(
    0x30,
    uri === undefined ? Buffer.alloc(0) : der(0xa0, der(0xa0, generalName.uri(uri))),
    options.reasons === undefined ? Buffer.alloc(0) : der(0x81, Buffer.of(0, options.reasons)),
    options.crlIssuer === undefined
      ? Buffer.alloc(0)
      : der(0xa2, generalName.directory(options.crlIssuer)),
  );
}

export function crlDistributionPoints(...points: readonly Buffer[]): Buffer {
  return derExtension('2.5.29.31', false, der(0x30, ...points));
}

/** One entry of a CRL. */
export interface CrlEntryFields {
  /** The whole INTEGER element. */
  readonly serialNumber: Buffer;
  readonly date?: Date;
  /** CRLReason. */
  readonly reason?: number;
  readonly extensions?: readonly Buffer[];
}

/** Fields of a CRL. */
export interface CrlFields {
  readonly issuer?: Buffer;
  readonly issuerKey?: TestKey;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly entries?: readonly CrlEntryFields[];
  /** Already encoded entries, for large lists. */
  readonly rawEntries?: Buffer;
  readonly extensions?: readonly Buffer[];
  readonly number?: number;
}

export function crlReason(code: number): Buffer {
  return derExtension('2.5.29.21', false, der(0x0a, Buffer.of(code)));
}

/** The issuing distribution point extension. */
export function issuingDistributionPoint(
  options: {
    readonly uri?: string;
    readonly onlyUser?: boolean;
    readonly onlyCa?: boolean;
    readonly reasons?: number;
    readonly indirect?: boolean;
    readonly onlyAttribute?: boolean;
  } = {},
): Buffer {
  const flag = (tag: number, set: boolean | undefined): Buffer =>
    set === true ? der(tag, Buffer.of(0xff)) : Buffer.alloc(0);
  const value = der(
    0x30,
    options.uri === undefined
      ? Buffer.alloc(0)
      : der(0xa0, der(0xa0, generalName.uri(options.uri))),
    flag(0x81, options.onlyUser),
    flag(0x82, options.onlyCa),
    options.reasons === undefined ? Buffer.alloc(0) : der(0x83, Buffer.of(0, options.reasons)),
    flag(0x84, options.indirect),
    flag(0x85, options.onlyAttribute),
  );
  return derExtension('2.5.29.28', true, value);
}

export function deltaCrlIndicator(base: number): Buffer {
  return derExtension('2.5.29.27', true, derInteger(base));
}

/** The certificate issuer extension of an indirect CRL's entry. */
export function certificateIssuer(name: Buffer): Buffer {
  return derExtension('2.5.29.29', true, der(0x30, generalName.directory(name)));
}

/** Encodes one entry of a CRL. */
export function crlEntry(entry: CrlEntryFields): Buffer {
  const extensions = [
    ...(entry.reason === undefined ? [] : [crlReason(entry.reason)]),
    ...(entry.extensions ?? []),
  ];
  return der(
    0x30,
    entry.serialNumber,
    derTime(entry.date ?? hoursFromTestTime(-2)),
    extensions.length === 0 ? Buffer.alloc(0) : der(0x30, ...extensions),
  );
}

/** Builds a CRL. */
export function buildCrl(fields: CrlFields = {}): Buffer {
  const issuerKey = fields.issuerKey ?? testKey('ca');
  const { algorithm } = signatureOf(issuerKey, Buffer.alloc(0));
  const entries = fields.rawEntries ?? Buffer.concat((fields.entries ?? []).map(crlEntry));
  const number = derExtension('2.5.29.20', false, derInteger(fields.number ?? 1));
  const nextUpdate =
    fields.nextUpdate === null
      ? Buffer.alloc(0)
      : derTime(fields.nextUpdate ?? hoursFromTestTime(24));
  const tbs = der(
    0x30,
    derInteger(1),
    algorithm,
    fields.issuer ?? dn('CA'),
    derTime(fields.thisUpdate ?? hoursFromTestTime(-1)),
    nextUpdate,
    entries.length === 0 ? Buffer.alloc(0) : der(0x30, entries),
    der(0xa0, der(0x30, number, ...(fields.extensions ?? []))),
  );
  const { signature } = signatureOf(issuerKey, tbs);
  return der(0x30, tbs, algorithm, der(0x03, Buffer.of(0), signature));
}

/** Fields of an OCSP response about one certificate. */
export interface OcspFields {
  /** The whole version element, which DER leaves out. */
  readonly version?: Buffer;
  readonly serialNumber: Buffer;
  readonly status?: 'good' | 'revoked' | 'unknown';
  readonly issuer?: Buffer;
  /** The issuer's key, which the CertID hashes. */
  readonly issuerKey?: TestKey;
  readonly certIdHash?: 'sha1' | 'sha256';
  readonly responder?: Buffer;
  readonly responderByKey?: boolean;
  readonly responderKey?: TestKey;
  readonly certificates?: readonly Buffer[];
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date | null;
  readonly nonce?: Buffer;
  readonly extensions?: readonly Buffer[];
}

const hashOids = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1' } as const;

/** The octets that subjectPublicKey holds. */
function keyBits(key: TestKey): Buffer {
  const headerLength = key.privateKey.asymmetricKeyType === 'ec' ? 26 : 24;
  return key.spki.subarray(headerLength);
}

function certId(fields: OcspFields, hash: 'sha1' | 'sha256'): Buffer {
  const digest = (data: Buffer): Buffer => der(0x04, createHash(hash).update(data).digest());
  return der(
    0x30,
    der(0x30, derOid(hashOids[hash]), der(0x05)),
    digest(fields.issuer ?? dn('CA')),
    digest(keyBits(fields.issuerKey ?? testKey('ca'))),
    fields.serialNumber,
  );
}

function certStatus(status: OcspFields['status']): Buffer {
  switch (status) {
    case 'revoked':
      return der(0xa1, generalizedTime(hoursFromTestTime(-2)), der(0xa0, der(0x0a, Buffer.of(1))));
    case 'unknown':
      return der(0x82);
    case 'good':
    case undefined:
      return der(0x80);
  }
}

/** Builds a successful OCSP response. */
export function buildOcspResponse(fields: OcspFields): Buffer {
  const responderKey = fields.responderKey ?? testKey('ca');
  const { algorithm } = signatureOf(responderKey, Buffer.alloc(0));
  const single = der(
    0x30,
    certId(fields, fields.certIdHash ?? 'sha1'),
    certStatus(fields.status),
    generalizedTime(fields.thisUpdate ?? hoursFromTestTime(-1)),
    fields.nextUpdate === null
      ? Buffer.alloc(0)
      : der(0xa0, generalizedTime(fields.nextUpdate ?? hoursFromTestTime(1))),
  );
  const extensions = [
    ...(fields.nonce === undefined
      ? []
      : [derExtension('1.3.6.1.5.5.7.48.1.2', false, der(0x04, fields.nonce))]),
    ...(fields.extensions ?? []),
  ];
  const responderId =
    fields.responderByKey === true
      ? der(0xa2, der(0x04, createHash('sha1').update(keyBits(responderKey)).digest()))
      : der(0xa1, fields.responder ?? dn('CA'));
  const data = der(
    0x30,
    fields.version ?? Buffer.alloc(0),
    responderId,
    generalizedTime(fields.thisUpdate ?? hoursFromTestTime(-1)),
    der(0x30, single),
    extensions.length === 0 ? Buffer.alloc(0) : der(0xa1, der(0x30, ...extensions)),
  );
  const { signature } = signatureOf(responderKey, data);
  const { certificates = [] } = fields;
  const basic = der(
    0x30,
    data,
    algorithm,
    der(0x03, Buffer.of(0), signature),
    certificates.length === 0 ? Buffer.alloc(0) : der(0xa0, der(0x30, ...certificates)),
  );
  const responseBytes = der(0x30, derOid('1.3.6.1.5.5.7.48.1.1'), der(0x04, basic));
  return der(0x30, der(0x0a, Buffer.of(0)), der(0xa0, responseBytes));
}
