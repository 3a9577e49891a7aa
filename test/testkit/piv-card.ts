/**
 * A smart card in software: as much of a PIV card (NIST SP 800-73-4) as signing with its authentication
 * key takes. It connects to vsmartcard's reader, so that pcscd and OpenSC find it in there, and can be
 * pulled out and put in again.
 */
import { constants, privateDecrypt, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** T=0 and T=1, no historical bytes (ISO 7816-3). */
const answerToReset = Buffer.of(0x3b, 0x80, 0x80, 0x01, 0x01);
const applicationId = Buffer.from('a000000308000010000100', 'hex');
const ok = Buffer.of(0x90, 0x00);
const notFound = Buffer.of(0x6a, 0x82);
const notSatisfied = Buffer.of(0x69, 0x82);
const wrongData = Buffer.of(0x6a, 0x80);
const unknownInstruction = Buffer.of(0x6d, 0x00);
/** What the reader's driver asks beside APDUs, by the one octet that it sends. */
const control = { off: 0, on: 1, reset: 2, answerToReset: 4 } as const;

/** What is on the card. */
export interface PivContents {
  /** An RSA-2048 key. */
  readonly privateKey: KeyObject;
  /** DER of the certificate of the PIV authentication key (slot 9A). */
  readonly certificate: Buffer;
  /** 6 to 8 digits. */
  readonly pin: string;
}

/** The card. */
export class PivCard {
  readonly #readerPort: number;
  readonly #contents: PivContents;
  readonly #objects: ReadonlyMap<string, Buffer>;
  #reader: Socket | undefined;
  #verified = false;
  /** Wrong PINs that are left. */
  #tries = 3;
  /** What has come of a command whose end is still to come. */
  #begun: Buffer = Buffer.alloc(0);
  /** What of an answer is still to be fetched. */
  #rest: Buffer = Buffer.alloc(0);

  /** @param readerPort - where the reader listens on 127.0.0.1 */
  constructor(readerPort: number, contents: PivContents) {
    this.#readerPort = readerPort;
    this.#contents = contents;
    this.#objects = new Map([
      ['5fc102', tlv(0x53, cardHolderId())],
      ['5fc105', tlv(0x53, tlv(0x70, contents.certificate), tlv(0x71, Buffer.of(0)), tlv(0xfe))],
    ]);
  }

  /** Wrong PINs that the card still stands. */
  get triesLeft(): number {
    return this.#tries;
  }

  /** Puts the card in. */
  async putIn(): Promise<void> {
    const reader = connect(this.#readerPort, '127.0.0.1');
    await once(reader, 'connect');
    reader.setNoDelay();
    this.#reader = reader;
    this.#serve(reader);
  }

  /** Pulls the card out. */
  pullOut(): void {
    this.#reader?.destroy();
    this.#reader = undefined;
  }

  #serve(reader: Socket): void {
    let received = Buffer.alloc(0);
    reader.on('error', () => undefined);
    reader.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE()) {
        const end = 2 + received.readUInt16BE();
        const answer = this.#answer(received.subarray(2, end));
        received = received.subarray(end);
        if (answer === undefined) continue;
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        reader.write(Buffer.concat([length, answer]));
      }
    });
  }

  #answer(message: Buffer): Buffer | undefined {
    if (message.length > 1) return this.#command(message);
    if (message[0] === control.answerToReset) return answerToReset;
    this.#verified = false;
    return undefined;
  }

  #command(apdu: Buffer): Buffer {
    const part = apdu.subarray(5, 5 + (apdu.length > 5 ? (apdu[4] ?? 0) : 0));
    const data = Buffer.concat([this.#begun, part]);
    const goesOn = ((apdu[0] ?? 0) & 0x10) !== 0;
    this.#begun = goesOn ? data : Buffer.alloc(0);
    if (goesOn) return ok;
    switch (apdu[1]) {
      case 0xa4:
        return this.#select(data);
      case 0xcb:
        return this.#getData(data);
      case 0x20:
        return this.#verify(data);
      case 0x87:
        return this.#authenticate(data);
      case 0xc0:
        return this.#next(apdu[4] === 0 ? 256 : apdu[4]);
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

  #verify(data: Buffer): Buffer {
    const triesLeft = Buffer.of(0x63, 0xc0 | this.#tries);
    if (data.length === 0) return this.#verified ? ok : triesLeft;
    const wanted = Buffer.alloc(8, 0xff);
    wanted.write(this.#contents.pin);
    this.#verified = this.#tries > 0 && data.equals(wanted);
    this.#tries = this.#verified ? 3 : Math.max(0, this.#tries - 1);
    return this.#verified ? ok : Buffer.of(0x63, 0xc0 | this.#tries);
  }

  /** GENERAL AUTHENTICATE: the bare RSA operation on the padded block that follows tag 81. */
  #authenticate(data: Buffer): Buffer {
    if (!this.#verified) return notSatisfied;
    const at = data.indexOf(Buffer.of(0x81, 0x82, 0x01, 0x00));
    if (at < 0 || data.length !== at + 4 + 256) return wrongData;
    const key = { key: this.#contents.privateKey, padding: constants.RSA_NO_PADDING };
    return this.#give(tlv(0x7c, tlv(0x82, privateDecrypt(key, data.subarray(at + 4)))));
  }

  #give(answer: Buffer): Buffer {
    this.#rest = answer;
    return this.#next();
  }

  /** @param most - octets that may be given at once */
  #next(most = 256): Buffer {
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(most);
    const left = this.#rest.length;
    return Buffer.concat([part, left === 0 ? ok : Buffer.of(0x61, Math.min(left, 0xff))]);
  }
}

/** The card holder unique identifier: FASC-N, GUID, expiry, no signature (SP 800-73-4 part 1, 3.1.2). */
function cardHolderId(): Buffer {
  const parts = [
    tlv(
      0x30,
      Buffer.from('d4e739da739ced39ce739da1685a1082108ce73984108ce39ce739', 'hex').subarray(0, 25),
    ),
    tlv(0x34, Buffer.from('00112233445566778899aabbccddeeff', 'hex')),
    tlv(0x35, Buffer.from('20991231')),
    tlv(0x3e),
    tlv(0xfe),
  ];
  return Buffer.concat(parts);
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
