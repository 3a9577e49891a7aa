/** An authenticator in software: a passkey (WebAuthn level 2) that answers rightly, or wrongly on purpose. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { JsonObject } from '../../src/core/index.ts';

/** What an answer says otherwise than it should. */
export interface PasskeyChanges {
  readonly origin?: string;
  readonly host?: string;
  readonly challenge?: string;
  readonly type?: string;
  /** False: the person touched it, and did not show who they are. */
  readonly userVerified?: boolean;
  readonly counter?: number;
}

const userPresent = 0x01;
const userVerifiedFlag = 0x04;
const attestedData = 0x40;

/** See the head of this file. */
export class TestPasskey {
  readonly #id = randomBytes(32);
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #origin: string;
  #counter = 0;

  /** @param origin - of the pages that it is for */
  constructor(origin: string) {
    this.#origin = origin;
  }

  get id(): string {
    return this.#id.toString('base64url');
  }

  /** Answers `navigator.credentials.create`. */
  register(challenge: string, changes: PasskeyChanges = {}): JsonObject {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.#id.length);
    const credential = Buffer.concat([Buffer.alloc(16), length, this.#id, this.#coseKey()]);
    const authData = this.#authenticatorData(attestedData, credential, changes);
    const attestationObject = cborMap([
      [cborText('fmt'), cborText('none')],
      [cborText('attStmt'), cborMap([])],
      [cborText('authData'), cborBytes(authData)],
    ]);
    return this.#answer({
      clientDataJSON: this.#clientData('webauthn.create', challenge, changes).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
    });
  }

  /** Answers `navigator.credentials.get`. */
  signIn(challenge: string, changes: PasskeyChanges = {}): JsonObject {
    const authenticatorData = this.#authenticatorData(0, Buffer.alloc(0), changes);
    const clientData = this.#clientData('webauthn.get', challenge, changes);
    const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
    return this.#answer({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: sign('sha256', signed, this.#keys.privateKey).toString('base64url'),
    });
  }

  #answer(response: JsonObject): JsonObject {
    const { id } = this;
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }

  #clientData(type: string, challenge: string, changes: PasskeyChanges): Buffer {
    const origin = this.#origin;
    return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...changes }));
  }

  #authenticatorData(flags: number, rest: Buffer, changes: PasskeyChanges): Buffer {
    const verified = changes.userVerified === false ? 0 : userVerifiedFlag;
    this.#counter = changes.counter ?? this.#counter + 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.#counter);
    const host = changes.host ?? new URL(this.#origin).hostname;
    const flagByte = Buffer.of(flags | userPresent | verified);
    return Buffer.concat([sha256(Buffer.from(host)), flagByte, counter, rest]);
  }

  /** RFC 9053 section 7.1.1, ES256. */
  #coseKey(): Buffer {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    return cborMap([
      [cborInteger(1), cborInteger(2)],
      [cborInteger(3), cborInteger(-7)],
      [cborInteger(-1), cborInteger(1)],
      [cborInteger(-2), cborBytes(Buffer.from(x, 'base64url'))],
      [cborInteger(-3), cborBytes(Buffer.from(y, 'base64url'))],
    ]);
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** RFC 8949 section 3: the head of an item. */
function cborHead(majorType: number, value: number): Buffer {
  if (value < 24) return Buffer.of((majorType << 5) | value);
  if (value < 256) return Buffer.of((majorType << 5) | 24, value);
  return Buffer.of((majorType << 5) | 25, value >> 8, value & 0xff);
}

function cborInteger(value: number): Buffer {
  return value < 0 ? cborHead(1, -1 - value) : cborHead(0, value);
}

function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([cborHead(2, bytes.length), bytes]);
}

function cborText(text: string): Buffer {
  return Buffer.concat([cborHead(3, text.length), Buffer.from(text)]);
}

function cborMap(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([cborHead(5, entries.length), ...entries.flat()]);
}
