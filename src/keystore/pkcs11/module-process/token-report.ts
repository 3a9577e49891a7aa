/** Reads what a session shows of its token. One bad object costs itself, not the report. */
import type { Attribute } from 'pkcs11js';
import { CKM } from '../constants.ts';
import type {
  CertificateReport,
  KeyName,
  MechanismReport,
  PrivateKeyReport,
  PublicKeyReport,
  TokenReport,
} from '../protocol.ts';
import { unpad, type Cryptoki, type Handle } from './cryptoki.ts';
import { CryptokiError } from './return-values.ts';
import type { Token, TokenSession } from './token-sessions.ts';

const maxObjects = 500;
const maxValueLength = 64 << 10;
/** Most attempts to read a token that changes all the time. */
const maxAttempts = 8;
const CKC_X_509 = 0;

const CKO = { certificate: 1, publicKey: 2, privateKey: 3 } as const;

/** Attributes (PKCS#11 2.40). */
export const CKA = {
  class: 0x000,
  token: 0x001,
  label: 0x003,
  value: 0x011,
  certificateType: 0x080,
  keyType: 0x100,
  id: 0x102,
  sign: 0x108,
  modulus: 0x120,
  extractable: 0x162,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
} as const;

type Attributes = ReadonlyMap<number, Buffer>;

/**
 * The template that finds a token's objects of one class. It asks for CKA_TOKEN, so that an object which
 * another process has only begun to write is not found: SoftHSM makes each first without attributes,
 * gives it CKA_TOKEN with all the others in one go, and when a half-made one is read fills its defaults
 * in and writes it back, over what the other process has written meanwhile.
 *
 * @param objectClass - CKO_*
 */
export function tokenObjects(objectClass: number): Attribute[] {
  return [
    { type: CKA.class, value: objectClass },
    { type: CKA.token, value: true },
  ];
}

/**
 * Reads a token. Where certificates came or went while the other objects were read, what was read is the
 * picture of no moment: it may have a certificate without the key that left with it, and not yet the one
 * that replaced it. So it is read again.
 *
 * @throws CryptokiError where the token as a whole cannot be read
 */
export function reportToken(
  cryptoki: Cryptoki,
  token: Token,
  session: TokenSession,
  loggedIn: boolean,
): TokenReport {
  for (let attempt = 1; ; attempt++) {
    const before = certificateHandles(cryptoki, session);
    const report = readToken(cryptoki, token, session, loggedIn);
    if (attempt === maxAttempts) return report;
    if (certificateHandles(cryptoki, session).equals(before)) return report;
  }
}

function certificateHandles(cryptoki: Cryptoki, { session }: TokenSession): Buffer {
  return Buffer.concat(cryptoki.find(session, tokenObjects(CKO.certificate), maxObjects));
}

function readToken(
  cryptoki: Cryptoki,
  token: Token,
  session: TokenSession,
  loggedIn: boolean,
): TokenReport {
  const problems: string[] = [];
  const reader = new ObjectReader(cryptoki, session.session, problems);
  return {
    name: token.name,
    flags: token.flags,
    slotFlags: token.slotFlags,
    loggedIn,
    mechanisms: reportMechanisms(cryptoki, token.slot),
    certificates: reader.read(
      CKO.certificate,
      [CKA.certificateType, CKA.id, CKA.label, CKA.value],
      certificateOf,
    ),
    privateKeys: reader.read(
      CKO.privateKey,
      [
        CKA.keyType,
        CKA.id,
        CKA.label,
        CKA.sign,
        CKA.modulus,
        CKA.extractable,
        CKA.alwaysAuthenticate,
      ],
      privateKeyOf,
    ),
    publicKeys: reader.read(
      CKO.publicKey,
      [CKA.keyType, CKA.id, CKA.modulus, CKA.ecPoint],
      publicKeyOf,
    ),
    problems,
  };
}

class ObjectReader {
  readonly #cryptoki: Cryptoki;
  readonly #session: Handle;
  readonly #problems: string[];

  constructor(cryptoki: Cryptoki, session: Handle, problems: string[]) {
    this.#cryptoki = cryptoki;
    this.#session = session;
    this.#problems = problems;
  }

  /** @param make - makes a report of an object's attributes, or says why not */
  read<T extends object>(
    objectClass: number,
    types: readonly number[],
    make: (attributes: Attributes) => T | string | undefined,
  ): T[] {
    const found = this.#cryptoki.find(this.#session, tokenObjects(objectClass), maxObjects);
    if (found.length > maxObjects) {
      this.#problems.push(`The token has more than ${maxObjects} objects of one class.`);
    }
    return found.slice(0, maxObjects).flatMap((object) => {
      const made = this.#readOne(object, types, make);
      if (typeof made === 'string') this.#problems.push(made);
      return made === undefined || typeof made === 'string' ? [] : [made];
    });
  }

  #readOne<T extends object>(
    object: Handle,
    types: readonly number[],
    make: (attributes: Attributes) => T | string | undefined,
  ): T | string | undefined {
    try {
      const attributes = this.#cryptoki.attributes(this.#session, object, types);
      for (const value of attributes.values()) {
        if (value.length > maxValueLength) {
          return `An object has an attribute of ${value.length} bytes; it was left out.`;
        }
      }
      return make(attributes);
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error;
      return `An object cannot be read: ${error.message}.`;
    }
  }
}

function certificateOf(attributes: Attributes): CertificateReport | string | undefined {
  const type = attributes.get(CKA.certificateType);
  if (type !== undefined && ulong(type) !== CKC_X_509) return undefined;
  const der = attributes.get(CKA.value);
  if (der === undefined || der.length === 0) return 'A certificate object has no value.';
  return { id: idOf(attributes), label: labelOf(attributes), der: bytes(der) };
}

function privateKeyOf(attributes: Attributes): PrivateKeyReport | string {
  const keyType = attributes.get(CKA.keyType);
  if (keyType === undefined) return 'A private key object has no key type.';
  return {
    name: keyNameOf(attributes, ulong(keyType)),
    sign: flag(attributes.get(CKA.sign)),
    alwaysAuthenticate: flag(attributes.get(CKA.alwaysAuthenticate)) === true,
    extractable: flag(attributes.get(CKA.extractable)),
  };
}

function publicKeyOf(attributes: Attributes): PublicKeyReport | undefined {
  const keyType = attributes.get(CKA.keyType);
  if (keyType === undefined) return undefined;
  return {
    keyType: ulong(keyType),
    id: idOf(attributes),
    ecPoint: optionalBytes(attributes.get(CKA.ecPoint)),
    modulus: optionalBytes(attributes.get(CKA.modulus)),
  };
}

/** The name of a private key, from its attributes. */
function keyNameOf(attributes: Attributes, keyType: number): KeyName {
  return {
    keyType,
    id: idOf(attributes),
    label: labelOf(attributes),
    modulus: optionalBytes(attributes.get(CKA.modulus)),
  };
}

function reportMechanisms(cryptoki: Cryptoki, slot: Handle): MechanismReport[] {
  const wanted: readonly number[] = [CKM.RSA_PKCS, CKM.RSA_PKCS_PSS, CKM.ECDSA];
  return cryptoki
    .mechanisms(slot)
    .filter((mechanism) => wanted.includes(mechanism))
    .map((mechanism) => ({ mechanism, flags: flagsOf(cryptoki, slot, mechanism) }));
}

function flagsOf(cryptoki: Cryptoki, slot: Handle, mechanism: number): number | undefined {
  try {
    return cryptoki.mechanismFlags(slot, mechanism);
  } catch (error) {
    if (!(error instanceof CryptokiError)) throw error;
    return undefined;
  }
}

function idOf(attributes: Attributes): Uint8Array {
  return bytes(attributes.get(CKA.id) ?? Buffer.alloc(0));
}

/** CKA_LABEL without its padding; empty where the object has none. */
export function labelOf(attributes: Attributes): string {
  return unpad(attributes.get(CKA.label)?.toString('utf8') ?? '');
}

/** A CK_ULONG in the machine's byte order; -1 for what is none. */
function ulong(value: Buffer): number {
  if (value.length === 8) return Number(value.readBigUInt64LE());
  return value.length === 4 ? value.readUInt32LE() : -1;
}

function flag(value: Buffer | undefined): boolean | undefined {
  return value?.length === 1 ? value[0] !== 0 : undefined;
}

/** Plain bytes of their own: a Buffer would take its whole pool along across the process border. */
function bytes(value: Buffer): Uint8Array {
  return new Uint8Array(value);
}

function optionalBytes(value: Buffer | undefined): Uint8Array | undefined {
  return value === undefined || value.length === 0 ? undefined : bytes(value);
}
