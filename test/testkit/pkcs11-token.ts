/** What the suites do to any PKCS#11 token, through its own module: make keys, put certificates in. */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { parseCertificate } from '../../src/pki/index.ts';
import { der, derOid, type TestCertificate } from './test-ca.ts';

/** Kinds of key that a token makes. */
export type TokenKeyType = 'rsa2048' | 'rsa3072' | 'p256' | 'p384' | 'p521';

/** What a private key on the token may do. */
export interface TokenKeyOptions {
  readonly type: TokenKeyType;
  /** CKA_ID in hex. */
  readonly id: string;
  readonly label?: string;
  /** Wants the PIN again before each signature. */
  readonly alwaysAuthenticate?: boolean;
  readonly extractable?: boolean;
  /** CKA_SIGN; true unless told. */
  readonly sign?: boolean;
  /** CKA_PRIVATE; true unless told. A key that is not private needs no login. */
  readonly private?: boolean;
}

const curves = {
  p256: derOid('1.2.840.10045.3.1.7'),
  p384: derOid('1.3.132.0.34'),
  p521: derOid('1.3.132.0.35'),
} as const;

type Module = pkcs11js.PKCS11;
type Template = pkcs11js.Template;

type ObjectClass = 'CERTIFICATE' | 'PRIVATE_KEY' | 'PUBLIC_KEY';

/** A token that suites fill. */
export abstract class Pkcs11Token {
  readonly modulePath: string;
  readonly label: string;
  readonly pin: string;
  #kept: { readonly module: Module; readonly session: Buffer } | undefined;

  constructor(modulePath: string, label: string, pin: string) {
    this.modulePath = modulePath;
    this.label = label;
    this.pin = pin;
  }

  /** Makes a key pair on the token and returns its public half. */
  generateKey(options: TokenKeyOptions): KeyObject {
    return this.#withSession((module, session) => {
      const { publicKey } = module.C_GenerateKeyPair(
        session,
        {
          mechanism: isRsa(options.type)
            ? pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN
            : pkcs11js.CKM_EC_KEY_PAIR_GEN,
        },
        [...naming(options), ...parametersOf(options.type), attribute('VERIFY', true)],
        [...naming(options), ...usage(options)],
      );
      return readPublicKey(module, session, publicKey, isRsa(options.type));
    });
  }

  /** Brings a private key made elsewhere into the token, without its public half. */
  importKey(key: KeyObject, options: Omit<TokenKeyOptions, 'type'>): void {
    const jwk = key.export({ format: 'jwk' });
    this.#withSession((module, session) => {
      module.C_CreateObject(session, [
        attribute('CLASS', pkcs11js.CKO_PRIVATE_KEY),
        ...naming(options),
        ...usage(options),
        ...(jwk.kty === 'RSA' ? rsaValues(jwk) : ecValues(jwk)),
      ]);
    });
  }

  /** Puts a certificate into the token. */
  writeCertificate(id: string, label: string, certificate: Pick<TestCertificate, 'der'>): void {
    this.#withSession((module, session) => {
      module.C_CreateObject(session, [
        attribute('CLASS', pkcs11js.CKO_CERTIFICATE),
        attribute('CERTIFICATE_TYPE', pkcs11js.CKC_X_509),
        attribute('PRIVATE', false),
        ...naming({ id, label }),
        ...namesIn(certificate.der),
        attribute('VALUE', certificate.der),
      ]);
    });
  }

  /** Takes the objects of a class and CKA_ID out of the token. */
  remove(objectClass: ObjectClass, id: string): void {
    this.#destroy(objectClass, attribute('ID', Buffer.from(id, 'hex')));
  }

  /** Takes the objects of a class and CKA_LABEL out of the token. */
  removeLabelled(objectClass: ObjectClass, label: string): void {
    this.#destroy(objectClass, { type: pkcs11js.CKA_LABEL, value: label });
  }

  /** Changes the user's PIN, as its owner would. */
  changePin(pin: string): void {
    this.#withSession((module, session) => {
      module.C_SetPIN(session, this.pin, pin);
    });
  }

  /**
   * Does everything from now on in one session, as a program does that manages a token. SoftHSM writes
   * its token's file at each login, and for a moment shows no token to another process that logs in.
   *
   * @returns a function that ends the session
   */
  keepSession(): () => void {
    const kept = this.#openSession();
    this.#kept = kept;
    return () => {
      this.#kept = undefined;
      kept.module.C_Finalize();
    };
  }

  /** Points this process, and those it starts, at the token. */
  protected abstract pointAtToken(): void;

  /** What C_Initialize is given in pReserved. */
  protected get initArgs(): string | undefined {
    return undefined;
  }

  #destroy(objectClass: ObjectClass, name: pkcs11js.Attribute): void {
    this.#withSession((module, session) => {
      module.C_FindObjectsInit(session, [attribute('CLASS', pkcs11js[`CKO_${objectClass}`]), name]);
      const found = module.C_FindObjects(session, 16);
      module.C_FindObjectsFinal(session);
      for (const object of found) module.C_DestroyObject(session, object);
    });
  }

  #withSession<T>(action: (module: Module, session: Buffer) => T): T {
    if (this.#kept !== undefined) return action(this.#kept.module, this.#kept.session);
    const { module, session } = this.#openSession();
    try {
      return action(module, session);
    } finally {
      module.C_Finalize();
    }
  }

  #openSession(): { readonly module: Module; readonly session: Buffer } {
    this.pointAtToken();
    const module = new pkcs11js.PKCS11();
    module.load(this.modulePath);
    // pkcs11js cuts the last character off.
    if (this.initArgs === undefined) module.C_Initialize();
    else module.C_Initialize({ libraryParameters: `${this.initArgs} ` });
    try {
      const slot = module
        .C_GetSlotList(true)
        .find((candidate) => module.C_GetTokenInfo(candidate).label.trim() === this.label);
      if (slot === undefined) throw new Error(`token ${this.label} is missing`);
      const session = module.C_OpenSession(
        slot,
        pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION,
      );
      module.C_Login(session, pkcs11js.CKU_USER, this.pin);
      return { module, session };
    } catch (error) {
      module.C_Finalize();
      throw error;
    }
  }
}

function isRsa(type: TokenKeyType): type is 'rsa2048' | 'rsa3072' {
  return type === 'rsa2048' || type === 'rsa3072';
}

/** What tokens want to know of a certificate beside it; of what is none, an empty subject. */
function namesIn(certificate: Buffer): Template {
  try {
    const { subject, issuer, serialNumber } = parseCertificate(certificate);
    return [
      attribute('SUBJECT', Buffer.from(subject.der)),
      attribute('ISSUER', Buffer.from(issuer.der)),
      attribute('SERIAL_NUMBER', der(0x02, Buffer.from(serialNumber))),
    ];
  } catch {
    return [attribute('SUBJECT', Buffer.of(0x30, 0x00))];
  }
}

type AttributeName =
  | 'CLASS'
  | 'CERTIFICATE_TYPE'
  | 'PRIVATE'
  | 'SUBJECT'
  | 'ISSUER'
  | 'SERIAL_NUMBER'
  | 'VALUE'
  | 'VERIFY'
  | 'ID';

function attribute(name: AttributeName, value: number | boolean | Buffer): pkcs11js.Attribute {
  return { type: pkcs11js[`CKA_${name}`], value };
}

function naming({ id, label }: { id: string; label?: string }): Template {
  return [
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_ID, value: Buffer.from(id, 'hex') },
    { type: pkcs11js.CKA_LABEL, value: label ?? `key-${id}` },
  ];
}

function usage(options: Omit<TokenKeyOptions, 'type'>): Template {
  return [
    { type: pkcs11js.CKA_PRIVATE, value: options.private ?? true },
    { type: pkcs11js.CKA_SIGN, value: options.sign ?? true },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_EXTRACTABLE, value: options.extractable ?? false },
    { type: pkcs11js.CKA_ALWAYS_AUTHENTICATE, value: options.alwaysAuthenticate ?? false },
  ];
}

function parametersOf(type: TokenKeyType): Template {
  if (isRsa(type)) {
    return [
      { type: pkcs11js.CKA_MODULUS_BITS, value: type === 'rsa2048' ? 2048 : 3072 },
      { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: Buffer.of(1, 0, 1) },
    ];
  }
  return [{ type: pkcs11js.CKA_EC_PARAMS, value: curves[type] }];
}

function readPublicKey(module: Module, session: Buffer, key: Buffer, rsa: boolean): KeyObject {
  const types = rsa
    ? [pkcs11js.CKA_MODULUS, pkcs11js.CKA_PUBLIC_EXPONENT]
    : [pkcs11js.CKA_EC_PARAMS, pkcs11js.CKA_EC_POINT];
  const [first, second] = module
    .C_GetAttributeValue(
      session,
      key,
      types.map((type) => ({ type })),
    )
    .map(({ value }) => value);
  if (first === undefined || second === undefined)
    throw new Error('the public key is not readable');
  const spki = rsa
    ? der(
        0x30,
        der(0x30, derOid('1.2.840.113549.1.1.1'), der(0x05)),
        der(0x03, Buffer.of(0), der(0x30, unsigned(first), unsigned(second))),
      )
    : der(
        0x30,
        der(0x30, derOid('1.2.840.10045.2.1'), first),
        der(0x03, Buffer.of(0), second.subarray((second[1] ?? 0) < 0x80 ? 2 : 3)),
      );
  return createPublicKey({ key: spki, format: 'der', type: 'spki' });
}

function unsigned(value: Buffer): Buffer {
  return der(0x02, (value[0] ?? 0) < 0x80 ? value : Buffer.concat([Buffer.of(0), value]));
}

function fromBase64Url(text: unknown): Buffer {
  return Buffer.from(String(text), 'base64url');
}

function rsaValues(jwk: JsonWebKey): Template {
  return [
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_RSA },
    { type: pkcs11js.CKA_MODULUS, value: fromBase64Url(jwk.n) },
    { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: fromBase64Url(jwk.e) },
    { type: pkcs11js.CKA_PRIVATE_EXPONENT, value: fromBase64Url(jwk.d) },
    { type: pkcs11js.CKA_PRIME_1, value: fromBase64Url(jwk.p) },
    { type: pkcs11js.CKA_PRIME_2, value: fromBase64Url(jwk.q) },
    { type: pkcs11js.CKA_EXPONENT_1, value: fromBase64Url(jwk.dp) },
    { type: pkcs11js.CKA_EXPONENT_2, value: fromBase64Url(jwk.dq) },
    { type: pkcs11js.CKA_COEFFICIENT, value: fromBase64Url(jwk.qi) },
  ];
}

function ecValues(jwk: JsonWebKey): Template {
  const curve = { 'P-256': curves.p256, 'P-384': curves.p384, 'P-521': curves.p521 }[
    String(jwk.crv)
  ];
  if (curve === undefined) throw new Error(`no curve ${String(jwk.crv)}`);
  return [
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_EC },
    { type: pkcs11js.CKA_EC_PARAMS, value: curve },
    { type: pkcs11js.CKA_VALUE, value: fromBase64Url(jwk.d) },
  ];
}
