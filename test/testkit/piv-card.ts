/**
 * A smart card in software: as much of a PIV card (NIST SP 800-73-4) as it takes for OpenSC to list its
 * certificates and to sign with its keys. What it knows, it knows as a chip does: octets come in, octets
 * go out. It keeps its PIN's counter, and who has shown the PIN, but not who sends a command.
 */
import { constants, createECDH, privateDecrypt, type ECDH, type KeyObject } from 'node:crypto';

/** T=0 and T=1 (ISO 7816-3); the historical bytes name the application, by which OpenSC knows the card. */
const answerToReset = Buffer.from('3b8b800180f9a00000030800001000c8', 'hex');
const applicationId = Buffer.from('a000000308000010000100', 'hex');
const ok = Buffer.of(0x90, 0x00);
const wrongLength = Buffer.of(0x67, 0x00);
const notSatisfied = Buffer.of(0x69, 0x82);
const blocked = Buffer.of(0x69, 0x83);
const wrongData = Buffer.of(0x6a, 0x80);
const notFound = Buffer.of(0x6a, 0x82);
const wrongParameters = Buffer.of(0x6a, 0x86);
const unknownInstruction = Buffer.of(0x6d, 0x00);
const maxTries = 3;
/** Most octets that the card gives in one response, before the status word. */
const maxResponse = 250;

const instructions = {
  verify: 0x20,
  generalAuthenticate: 0x87,
  select: 0xa4,
  getResponse: 0xc0,
  getData: 0xcb,
} as const;

/** The keys of a PIV card: four with a purpose, and room for twenty that were key management keys. */
export const pivSlots = [
  { key: 0x9a, object: '5fc105', name: 'Certificate for PIV Authentication' },
  { key: 0x9c, object: '5fc10a', name: 'Certificate for Digital Signature' },
  { key: 0x9d, object: '5fc10b', name: 'Certificate for Key Management' },
  { key: 0x9e, object: '5fc101', name: 'Certificate for Card Authentication' },
  ...Array.from({ length: 20 }, (_, i) => ({
    key: 0x82 + i,
    object: (0x5fc10d + i).toString(16),
    name: `Retired Certificate for Key Management ${i + 1}`,
  })),
] as const;

/** Slots that keep rules of their own (SP 800-73-4 part 1, table 4b). */
const signatureKey = 0x9c;
const cardAuthenticationKey = 0x9e;

interface Curve {
  /** As a JWK names it. */
  readonly jwk: string;
  /** As OpenSSL names it. */
  readonly name: string;
  readonly order: bigint;
}

/** SP 800-186 section 3.2.1.3. */
const p256: Curve = {
  jwk: 'P-256',
  name: 'prime256v1',
  order: 0xffffffff_00000000_ffffffff_ffffffff_bce6faad_a7179e84_f3b9cac2_fc632551n,
};

/** SP 800-186 section 3.2.1.4. */
const p384: Curve = {
  jwk: 'P-384',
  name: 'secp384r1',
  order:
    0xffffffff_ffffffff_ffffffff_ffffffff_ffffffff_ffffffff_c7634d81_f4372ddf_581a0db2_48b0a77a_ecec196a_ccc52973n,
};

/** The algorithm identifiers of SP 800-78-4 that the card has. */
const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x07, { keyType: 'rsa', inputLength: 256, run: rsa }],
  [0x11, { keyType: 'ec', inputLength: 32, run: (key, digest) => ecdsa(key, p256, digest) }],
  [0x14, { keyType: 'ec', inputLength: 48, run: (key, digest) => ecdsa(key, p384, digest) }],
]);

interface Operation {
  readonly keyType: string;
  /** Most octets that it takes in. */
  readonly inputLength: number;
  /** @returns undefined where key and input do not fit */
  readonly run: (key: KeyObject, input: Buffer) => Buffer | undefined;
}

/** What a slot holds: a key, a certificate, or both. */
export interface PivSlot {
  /** RSA-2048, P-256 or P-384. */
  readonly privateKey?: KeyObject | undefined;
  /** DER. */
  readonly certificate?: Buffer;
}

/** The card. */
export class PivCard {
  readonly #pin: string;
  readonly #keys = new Map<number, KeyObject>();
  readonly #objects = new Map<string, Buffer>([
    ['7e', discovery()],
    ['5fc102', tlv(0x53, cardHolderId())],
    ['5fc10c', tlv(0x53, keyHistory())],
  ]);
  #verified = false;
  /** Whether the PIN was shown with the command before this one. */
  #justVerified = false;
  /** Wrong PINs that are left. */
  #tries = maxTries;
  /** What has come of a command whose end is still to come. */
  #begun: Buffer = Buffer.alloc(0);
  /** What of an answer is still to be fetched. */
  #rest: Buffer = Buffer.alloc(0);

  /** @param pin - 6 to 8 digits */
  constructor(pin: string) {
    this.#pin = pin;
  }

  /** Wrong PINs that the card still stands. */
  get triesLeft(): number {
    return this.#tries;
  }

  /** Sets the counter of wrong PINs back, as its owner does with the right one, or with the PUK. */
  unblock(): void {
    this.#tries = maxTries;
  }

  /**
   * Puts something else into a slot, as a card management system does; what was there is gone. OpenSC
   * reads a card once: it sees this where the card comes into the reader after it.
   *
   * @param index - of {@link pivSlots}
   */
  fill(index: number, { privateKey, certificate }: PivSlot): void {
    const slot = pivSlots[index];
    if (slot === undefined) throw new Error(`a PIV card has no slot ${index}`);
    if (privateKey === undefined) this.#keys.delete(slot.key);
    else this.#keys.set(slot.key, privateKey);
    if (certificate === undefined) this.#objects.delete(slot.object);
    else {
      const parts = [tlv(0x70, certificate), tlv(0x71, Buffer.of(0)), tlv(0xfe)];
      this.#objects.set(slot.object, tlv(0x53, ...parts));
    }
  }

  /** What the card says when it gets power (ISO 7816-3). */
  get answerToReset(): Buffer {
    return answerToReset;
  }

  /** It loses power, gets power, or is reset: whoever has shown the PIN must show it again. */
  reset(): void {
    this.#verified = false;
    this.#justVerified = false;
    this.#begun = Buffer.alloc(0);
    this.#rest = Buffer.alloc(0);
  }

  /**
   * Answers a command.
   *
   * @param apdu - a short command APDU (ISO 7816-4)
   * @returns the response APDU, its status word last; never more than 252 octets
   */
  command(apdu: Buffer): Buffer {
    if (apdu.length < 4) return wrongLength;
    const [cla = 0, ins = 0, p1 = 0, p2 = 0, length = 0] = apdu;
    if (ins === instructions.getResponse) return this.#next(length === 0 ? maxResponse : length);
    const data = Buffer.concat([this.#begun, apdu.subarray(5, apdu.length > 5 ? 5 + length : 5)]);
    const goesOn = (cla & 0x10) !== 0;
    this.#begun = goesOn ? data : Buffer.alloc(0);
    if (goesOn) return ok;
    const justVerified = this.#justVerified;
    this.#justVerified = false;
    switch (ins) {
      case instructions.select:
        return this.#select(data);
      case instructions.getData:
        return this.#getData(data);
      case instructions.verify:
        return this.#verify(p2, data);
      case instructions.generalAuthenticate:
        return this.#authenticate(p1, p2, data, justVerified);
      default:
        return unknownInstruction;
    }
  }

  #select(data: Buffer): Buffer {
    const isOurs = data.length > 4 && applicationId.subarray(0, data.length).equals(data);
    return isOurs ? this.#give(tlv(0x61, tlv(0x4f, applicationId))) : notFound;
  }

  #getData(data: Buffer): Buffer {
    const object = this.#objects.get(data.subarray(2).toString('hex'));
    return object === undefined ? notFound : this.#give(object);
  }

  /** VERIFY (SP 800-73-4 part 2, 3.2.1); without data it asks how things stand. */
  #verify(reference: number, data: Buffer): Buffer {
    if (reference !== 0x80) return wrongParameters;
    if (this.#tries === 0) return blocked;
    if (data.length === 0) return this.#verified ? ok : this.#triesLeftWord();
    const wanted = Buffer.alloc(8, 0xff);
    wanted.write(this.#pin);
    this.#verified = data.equals(wanted);
    this.#justVerified = this.#verified;
    this.#tries = this.#verified ? maxTries : this.#tries - 1;
    return this.#verified ? ok : this.#triesLeftWord();
  }

  #triesLeftWord(): Buffer {
    return Buffer.of(0x63, 0xc0 | this.#tries);
  }

  /** GENERAL AUTHENTICATE (SP 800-73-4 part 2, 3.2.4): the bare operation on what follows tag 81. */
  #authenticate(identifier: number, slot: number, data: Buffer, justVerified: boolean): Buffer {
    const key = this.#keys.get(slot);
    const operation = operations.get(identifier);
    if (key === undefined || operation === undefined) return wrongParameters;
    if (key.asymmetricKeyType !== operation.keyType) return wrongParameters;
    const allowed =
      slot === cardAuthenticationKey || (slot === signatureKey ? justVerified : this.#verified);
    if (!allowed) return notSatisfied;
    const input = challengeIn(data);
    if (input === undefined || input.length > operation.inputLength) return wrongData;
    const output = operation.run(key, input);
    return output === undefined ? wrongData : this.#give(tlv(0x7c, tlv(0x82, output)));
  }

  #give(answer: Buffer): Buffer {
    this.#rest = answer;
    return this.#next();
  }

  /** @param most - octets that are wanted */
  #next(most = maxResponse): Buffer {
    const part = this.#rest.subarray(0, Math.min(most, maxResponse));
    this.#rest = this.#rest.subarray(part.length);
    const left = Math.min(this.#rest.length, maxResponse);
    return Buffer.concat([part, left === 0 ? ok : Buffer.of(0x61, left)]);
  }
}

/** The value of tag 81 in a dynamic authentication template (7C). */
function challengeIn(template: Buffer): Buffer | undefined {
  let rest = read(template, 0x7c)?.value;
  while (rest !== undefined && rest.length > 0) {
    const challenge = read(rest, 0x81);
    if (challenge !== undefined) return challenge.value;
    rest = read(rest)?.after;
  }
  return undefined;
}

/** One BER-TLV with a tag and a length of up to three octets. */
function read(data: Buffer, tag = data[0]): { value: Buffer; after: Buffer } | undefined {
  const first = data[1];
  if (data[0] !== tag || first === undefined) return undefined;
  const width = first < 0x80 ? 0 : first - 0x80;
  if (width > 2 || data.length < 2 + width) return undefined;
  const length = width === 0 ? first : data.readUIntBE(2, width);
  const end = 2 + width + length;
  if (data.length < end) return undefined;
  return { value: data.subarray(2 + width, end), after: data.subarray(end) };
}

function rsa(key: KeyObject, block: Buffer): Buffer | undefined {
  if (block.length !== 256) return undefined;
  return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}

/** ECDSA over a digest made elsewhere, which node:crypto does not do (FIPS 186-5 section 6.4.1). */
function ecdsa(key: KeyObject, { jwk, name, order }: Curve, digest: Buffer): Buffer | undefined {
  const { crv, d } = key.export({ format: 'jwk' });
  if (crv !== jwk || d === undefined) return undefined;
  const secret = toInteger(Buffer.from(d, 'base64url'));
  for (;;) {
    const ephemeral = createECDH(name);
    const r = xOf(ephemeral) % order;
    const k = toInteger(ephemeral.getPrivateKey());
    const s = (power(k, order - 2n, order) * (toInteger(digest) + r * secret)) % order;
    if (r !== 0n && s !== 0n) return tlv(0x30, integer(r), integer(s));
  }
}

/** Makes a key and takes its point’s x. */
function xOf(pair: ECDH): bigint {
  const point = pair.generateKeys();
  return toInteger(point.subarray(1, 1 + (point.length - 1) / 2));
}

function toInteger(octets: Buffer): bigint {
  return BigInt(`0x0${octets.toString('hex')}`);
}

/** A DER INTEGER, positive. */
function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const octets = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return tlv(0x02, (octets[0] ?? 0) < 0x80 ? octets : Buffer.concat([Buffer.of(0), octets]));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** The discovery object: which application this is, and that its own PIN is the one (3.3.2). */
function discovery(): Buffer {
  return tlv(0x7e, tlv(0x4f, applicationId), Buffer.from('5f2f024000', 'hex'));
}

/** The card holder unique identifier: FASC-N, GUID, expiry, no signature (SP 800-73-4 part 1, 3.1.2). */
function cardHolderId(): Buffer {
  const parts = [
    tlv(0x30, Buffer.from('d4e739da739ced39ce739da1685a1082108ce73984108ce39c', 'hex')),
    tlv(0x34, Buffer.from('00112233445566778899aabbccddeeff', 'hex')),
    tlv(0x35, Buffer.from('20991231')),
    tlv(0x3e),
    tlv(0xfe),
  ];
  return Buffer.concat(parts);
}

/** The key history object: all twenty retired keys may have their certificates on the card (3.3.3). */
function keyHistory(): Buffer {
  return Buffer.concat([tlv(0xc1, Buffer.of(20)), tlv(0xc2, Buffer.of(0)), tlv(0xfe)]);
}

function tlv(tag: number, ...values: readonly Buffer[]): Buffer {
  const value = Buffer.concat(values);
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), value]);
}
