/** Fills a PIV card in a virtual reader with what the certificate stores' contract asks for. */
import type { KeyObject } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openCertificateStore } from '../../src/keystore/index.ts';
import type { StoreProvider } from '../contract/certificate-store.contract.ts';
import { CardReader } from './card-reader.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { PivCard, pivSlots, type PivSlot } from './piv-card.ts';
import { keyPair, TestCa } from './test-ca.ts';

const pin = '123456';
/** The slot whose key wants the PIN before each signature; the others are as good as each other. */
const signatureSlot = pivSlots.findIndex(({ key }) => key === 0x9c);

/** @param modulePath - OpenSC's module */
export function pivProvider(modulePath: string): StoreProvider {
  const issuing = TestCa.root().issueCa();
  const filler = new CardFiller();
  const addIdentity = (label: string, privateKey: KeyObject, slot?: number): Promise<void> => {
    const { der: certificate } = issuing.issue({ publicKey: privateKey, commonName: label });
    return filler.put(label, { privateKey, certificate }, slot);
  };
  return {
    start: () => filler.start(),
    open: () => {
      filler.cardIsRead = true;
      return openCertificateStore({ uri: modulePath, pinFile: filler.pinFile });
    },
    labelOf: (label) => pivSlots[filler.slotOf(label)]?.name ?? '',
    addIdentity: (label, keyType) => addIdentity(label, keyPair(keyType).privateKey),
    addRenewal: (label, of) => addIdentity(label, filler.keyOf(of)),
    addCertificateWithoutKey: (label) => {
      const { der: certificate } = issuing.issue({ commonName: label });
      return filler.put(label, { certificate });
    },
    addKeyWithoutCertificate: (label) =>
      filler.put(label, { privateKey: keyPair('p256').privateKey }),
    addUnreadableCertificate: (label) =>
      filler.put(label, { ...keyPair('p256'), certificate: Buffer.of(0x30, 0x00) }),
    addMismatch: (label) => {
      const { der: certificate } = issuing.issue({ commonName: label });
      return filler.put(label, { privateKey: keyPair('p256').privateKey, certificate });
    },
    addIssuer: (label) => filler.put(label, { certificate: issuing.certificate.der }),
    addAlwaysAuthenticate: (label) => addIdentity(label, keyPair('p256').privateKey, signatureSlot),
    // OpenSC takes a key for there as long as the card has a certificate of it.
    removeKey: (label) => filler.put(label, {}, filler.slotOf(label)),
    without: {
      p521: 'a PIV card has no such curve',
      'certificates without a key': 'OpenSC shows a key beside each certificate of a PIV card',
      'unreadable certificates': 'OpenSC shows none that it cannot read',
    },
    protection: 'hardware',
    stop: () => filler.stop(),
  };
}

class CardFiller {
  /** From then on a change is seen only once the card has come in anew. */
  cardIsRead = false;
  readonly #directory = makeScratchDirectory();
  readonly #card = new PivCard(pin);
  readonly #slots = new Map<string, number>();
  readonly #keys = new Map<string, KeyObject>();
  #reader: CardReader | undefined;

  get pinFile(): string {
    return path.join(this.#directory, 'pin');
  }

  async start(): Promise<void> {
    writeFileSync(this.pinFile, pin, { mode: 0o600 });
    this.#reader = await CardReader.start();
    await this.#reader.insert(this.#card);
  }

  slotOf(label: string): number {
    const slot = this.#slots.get(label);
    if (slot === undefined) throw new Error(`no ${label}`);
    return slot;
  }

  keyOf(label: string): KeyObject {
    const key = this.#keys.get(label);
    if (key === undefined) throw new Error(`no ${label}`);
    return key;
  }

  /** @param slot - the next free one unless told */
  async put(label: string, contents: PivSlot, slot = this.#freeSlot()): Promise<void> {
    this.#slots.set(label, slot);
    if (contents.privateKey !== undefined) this.#keys.set(label, contents.privateKey);
    if (this.cardIsRead) await this.#reader?.remove();
    this.#card.fill(slot, contents);
    if (this.cardIsRead) await this.#reader?.insert(this.#card);
  }

  async stop(): Promise<void> {
    await this.#reader?.stop();
    rmSync(this.#directory, { recursive: true });
  }

  #freeSlot(): number {
    const taken = [...this.#slots.values(), signatureSlot];
    return pivSlots.findIndex((_, index) => !taken.includes(index));
  }
}
