/**
 * A throw-away certificate authority for tests: roots, issuing CAs, and end-entity certificates for
 * keys made here or held elsewhere (a token). Written straight as DER (RFC 5280 section 4), so that a
 * test can also make what a well-behaved CA would not.
 */
import {
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';

/** Kinds of key that the CA can make. */
export type TestKeyType = 'rsa2048' | 'rsa3072' | 'p256' | 'p384' | 'p521' | 'ed25519';

/** A certificate with, where it was made here, its private key. */
export interface TestCertificate {
  readonly der: Buffer;
  readonly pem: string;
  readonly publicKey: KeyObject;
  /** Undefined where the certificate was issued for a public key alone. */
  readonly privateKey: KeyObject | undefined;
  /** PKCS#8 PEM of {@link TestCertificate.privateKey}; throws where there is none. */
  readonly keyPem: string;
}

/** Settings of any certificate. */
export interface TestCertificateOptions {
  readonly commonName?: string;
  /** The key to make; P-256 unless told. */
  readonly keyType?: TestKeyType;
  /** Issue for this public key instead of making one. */
  readonly publicKey?: KeyObject;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Content octets, positive; 16 random ones unless told. */
  readonly serialNumber?: Buffer;
  /** Further extensions, each a whole DER Extension; see {@link derExtension}. */
  readonly extraExtensions?: readonly Buffer[];
}

/** Settings of an end-entity certificate. */
export interface TestLeafOptions extends TestCertificateOptions {
  /** A whole DER Name; `O=Test, CN=…` unless told. */
  readonly subject?: Buffer;
  /** OIDs; clientAuth unless told; empty leaves the extension out. */
  readonly extendedKeyUsage?: readonly string[];
  /** First octet of the keyUsage bit string: 0x80 digitalSignature (default); 0 leaves it out. */
  readonly keyUsage?: number;
}

const day = 86_400_000;
const clientAuth = '1.3.6.1.5.5.7.3.2';

/** A certificate authority with its own certificate and key. */
export class TestCa {
  readonly certificate: TestCertificate;
  /** This CA's certificate and those above it, nearest first. */
  readonly chain: readonly TestCertificate[];
  readonly #name: Buffer;
  readonly #key: KeyObject;

  private constructor(
    certificate: TestCertificate,
    key: KeyObject,
    name: Buffer,
    above: readonly TestCertificate[],
  ) {
    this.certificate = certificate;
    this.chain = [certificate, ...above];
    this.#name = name;
    this.#key = key;
  }

  /** Makes a self-signed root. */
  static root(options: TestCertificateOptions = {}): TestCa {
    const name = derName(options.commonName ?? 'Test Root CA');
    const pair = keyPair(options.keyType ?? 'p256');
    const certificate = build(
      { subject: name, issuer: name, publicKey: pair.publicKey, privateKey: pair.privateKey },
      caExtensions(pair.publicKey, pair.publicKey),
      pair.privateKey,
      options,
    );
    return new TestCa(certificate, pair.privateKey, name, []);
  }

  /** Makes a CA below this one. */
  issueCa(options: TestCertificateOptions = {}): TestCa {
    const name = derName(options.commonName ?? 'Test Issuing CA');
    const pair = keyPair(options.keyType ?? 'p256');
    const certificate = build(
      { subject: name, issuer: this.#name, publicKey: pair.publicKey, privateKey: pair.privateKey },
      caExtensions(pair.publicKey, this.certificate.publicKey),
      this.#key,
      options,
    );
    return new TestCa(certificate, pair.privateKey, name, this.chain);
  }

  /** Issues an end-entity certificate, by default one that proves a managed device. */
  issue(options: TestLeafOptions = {}): TestCertificate {
    const pair = options.publicKey === undefined ? keyPair(options.keyType ?? 'p256') : undefined;
    const publicKey = options.publicKey ?? pair?.publicKey;
    if (publicKey === undefined) throw new Error('no public key');
    const subject = options.subject ?? derName(options.commonName ?? 'device.test');
    return build(
      { subject, issuer: this.#name, publicKey, privateKey: pair?.privateKey },
      leafExtensions(options, publicKey, this.certificate.publicKey),
      this.#key,
      options,
    );
  }
}

/** Makes a key pair of a kind. */
export function keyPair(type: TestKeyType): KeyPairKeyObjectResult {
  switch (type) {
    case 'rsa2048':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'rsa3072':
      return generateKeyPairSync('rsa', { modulusLength: 3072 });
    case 'p256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'p384':
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: 'P-521' });
    case 'ed25519':
      return generateKeyPairSync('ed25519');
  }
}

interface Parties {
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject | undefined;
}

/** TBSCertificate and its signature, RFC 5280 section 4.1. */
function build(
  parties: Parties,
  extensions: readonly Buffer[],
  issuerKey: KeyObject,
  options: TestCertificateOptions,
): TestCertificate {
  const algorithm = signatureAlgorithm(issuerKey);
  const now = Date.now();
  const tbs = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, options.serialNumber ?? Buffer.concat([Buffer.of(0x01), randomBytes(15)])),
    algorithm.identifier,
    parties.issuer,
    der(
      0x30,
      derTime(options.notBefore ?? new Date(now - day)),
      derTime(options.notAfter ?? new Date(now + 365 * day)),
    ),
    parties.subject,
    spki(parties.publicKey),
    der(0xa3, der(0x30, ...extensions, ...(options.extraExtensions ?? []))),
  );
  const signature = sign(algorithm.hash, tbs, issuerKey);
  const certificate = der(0x30, tbs, algorithm.identifier, der(0x03, Buffer.of(0), signature));
  return {
    der: certificate,
    pem: pem('CERTIFICATE', certificate),
    publicKey: parties.publicKey,
    privateKey: parties.privateKey,
    get keyPem(): string {
      if (parties.privateKey === undefined) throw new Error('the private key is elsewhere');
      return parties.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    },
  };
}

function caExtensions(subjectKey: KeyObject, issuerKey: KeyObject): Buffer[] {
  return [
    derExtension('2.5.29.19', true, der(0x30, der(0x01, Buffer.of(0xff)))),
    derExtension('2.5.29.15', true, der(0x03, Buffer.of(1, 0x06))),
    ...keyIdentifiers(subjectKey, issuerKey),
  ];
}

function leafExtensions(
  options: TestLeafOptions,
  subjectKey: KeyObject,
  issuerKey: KeyObject,
): Buffer[] {
  const keyUsage = options.keyUsage ?? 0x80;
  const purposes = options.extendedKeyUsage ?? [clientAuth];
  return [
    ...(keyUsage === 0
      ? []
      : [derExtension('2.5.29.15', true, der(0x03, unusedBits(keyUsage), Buffer.of(keyUsage)))]),
    ...(purposes.length === 0
      ? []
      : [derExtension('2.5.29.37', false, der(0x30, ...purposes.map(derOid)))]),
    ...keyIdentifiers(subjectKey, issuerKey),
  ];
}

function unusedBits(octet: number): Buffer {
  return Buffer.of(31 - Math.clz32(octet & -octet));
}

/** Subject and authority key identifiers, RFC 5280 sections 4.2.1.1 and 4.2.1.2. */
function keyIdentifiers(subjectKey: KeyObject, issuerKey: KeyObject): Buffer[] {
  const identifier = (key: KeyObject): Buffer => spki(key).subarray(-20);
  return [
    derExtension('2.5.29.14', false, der(0x04, identifier(subjectKey))),
    derExtension('2.5.29.35', false, der(0x30, der(0x80, identifier(issuerKey)))),
  ];
}

function signatureAlgorithm(key: KeyObject): { identifier: Buffer; hash: string | null } {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return {
        identifier: der(0x30, derOid('1.2.840.113549.1.1.11'), der(0x05)),
        hash: 'sha256',
      };
    case 'ec':
      return { identifier: der(0x30, derOid('1.2.840.10045.4.3.2')), hash: 'sha256' };
    default:
      return { identifier: der(0x30, derOid('1.3.101.112')), hash: null };
  }
}

function spki(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ type: 'spki', format: 'der' });
}

/** One DER element with a tag and the concatenation of parts as its content. */
export function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const octets = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest & 0xff);
  return Buffer.concat([Buffer.of(tag, 0x80 | octets.length, ...octets), content]);
}

/** An OBJECT IDENTIFIER from its dotted text. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift((left & 0x7f) | 0x80);
    }
    return digits;
  });
  return der(0x06, Buffer.from(octets));
}

/** An Extension (RFC 5280 section 4.2) around a DER value. */
export function derExtension(oid: string, critical: boolean, value: Buffer): Buffer {
  return der(
    0x30,
    derOid(oid),
    ...(critical ? [der(0x01, Buffer.of(0xff))] : []),
    der(0x04, value),
  );
}

/** `O=Test, CN=…` as a Name. */
function derName(commonName: string): Buffer {
  const attribute = (oid: string, text: string): Buffer =>
    der(0x31, der(0x30, derOid(oid), der(0x0c, Buffer.from(text))));
  return der(0x30, attribute('2.5.4.10', 'Test'), attribute('2.5.4.3', commonName));
}

/** UTCTime through 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
function derTime(date: Date): Buffer {
  const text = `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? der(0x17, Buffer.from(text.slice(2)))
    : der(0x18, Buffer.from(text));
}

/** PEM text (RFC 7468) of a DER value. */
export function pem(label: string, value: Buffer): string {
  const lines = value.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
