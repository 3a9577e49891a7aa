/** A smart card that OpenSC reads: signed with, taken out and put in again, and its PIN's counter. */
import { X509Certificate, verify } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  openCertificateStore,
  type CertificateStore,
  type Identity,
} from '../../src/keystore/index.ts';
import { cardComponents, CardReader } from '../testkit/card-reader.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import { PivCard } from '../testkit/piv-card.ts';
import { describeWith } from '../testkit/require-component.ts';
import { TestCa, type TestCertificate } from '../testkit/test-ca.ts';

const message = Buffer.from('message');
const pin = '123456';
const authenticationSlot = 0;
// OpenSC reads a whole card each time that it comes: on a busy machine that takes its time.
const cardTimeout = { timeout: 120_000 };

describeWith('a smart card in OpenSC', cardComponents, ([modulePath = '']) => {
  const authority = TestCa.root();
  const leaf = authority.issue({ keyType: 'rsa2048', commonName: 'device' });
  let reader: CardReader;
  let card: PivCard;
  let store: CertificateStore;
  let directory = '';

  beforeEach(async () => {
    directory = makeScratchDirectory();
    writePin(pin);
    reader = await CardReader.start();
    card = new PivCard(pin);
    card.fill(authenticationSlot, holding(leaf));
    store = openCertificateStore({ uri: modulePath, pinFile: path.join(directory, 'pin') });
  });

  afterEach(async () => {
    await store.close();
    await reader.stop();
    rmSync(directory, { recursive: true });
  });

  function writePin(digits: string): void {
    writeFileSync(path.join(directory, 'pin'), digits, { mode: 0o600 });
  }

  function holding({ privateKey, der }: TestCertificate) {
    return { privateKey, certificate: der };
  }

  /** What the store shows: that its one certificate can be used, or why not. */
  async function seen(): Promise<string> {
    const { certificates, problems } = await store.list();
    const [entry] = certificates;
    if (entry === undefined) return problems[0]?.code ?? 'nothing';
    return entry.key === undefined ? entry.problem.code : 'usable';
  }

  async function identity(): Promise<Identity> {
    const [entry] = (await store.list()).certificates;
    if (entry?.key === undefined) throw new Error(entry?.problem.message ?? 'no identity');
    return entry;
  }

  async function signs({ signer, certificate }: Identity): Promise<boolean> {
    const signature = await signer.sign('PS256', message);
    const key = new X509Certificate(certificate.der).publicKey;
    return verify('sha256', message, { key, padding: 6, saltLength: 32 }, signature);
  }

  it('is noticed when it comes, gone when it is taken out, and back', cardTimeout, async () => {
    expect(await seen()).toBe('token_not_present');
    await reader.insert(card);
    const found = await identity();
    expect(found.key).toMatchObject({ protection: 'hardware', exportable: false });
    expect(await signs(found)).toBe(true);
    await reader.remove();
    expect(await seen()).toBe('token_not_present');
    expect(await codeOfRejection(found.signer.sign('PS256', message))).toBe('token_not_present');
    await reader.insert(card);
    expect(await signs(found)).toBe(true);
    expect(await signs(await identity())).toBe(true);
  });

  it('signs again although it was away unnoticed', cardTimeout, async () => {
    await reader.insert(card);
    const found = await identity();
    expect(await signs(found)).toBe(true);
    await reader.remove();
    await reader.insert(card);
    expect(await signs(found)).toBe(true);
  });

  it('is read anew when it comes back with a renewed certificate', cardTimeout, async () => {
    await reader.insert(card);
    const old = await identity();
    expect(await signs(old)).toBe(true);
    await reader.remove();
    const renewed = authority.issue({ keyType: 'rsa2048', commonName: 'device' });
    card.fill(authenticationSlot, holding(renewed));
    await reader.insert(card);
    const found = await identity();
    expect(Buffer.from(found.certificate.der)).toEqual(renewed.der);
    expect(await signs(found)).toBe(true);
    // The new key has the old one's name; only the certificate tells that it is another.
    expect(await codeOfRejection(old.signer.sign('PS256', message))).toBe('key_mismatch');
  });

  it('is shown a wrong PIN once', cardTimeout, async () => {
    writePin('654321');
    await reader.insert(card);
    for (let i = 0; i < 4; i++) expect(await seen()).toBe('pin_rejected');
    expect(card.triesLeft).toBe(2);
    writePin(pin);
    expect(await signs(await identity())).toBe(true);
    expect(card.triesLeft).toBe(3);
  });

  it('keeps the last try of its PIN for its owner', cardTimeout, async () => {
    await reader.insert(card);
    for (const wrong of ['111111', '222222']) {
      writePin(wrong);
      expect(await seen()).toBe('pin_rejected');
    }
    expect(card.triesLeft).toBe(1);
    writePin(pin);
    expect(await seen()).toBe('pin_locked');
    expect(card.triesLeft).toBe(1);
    card.unblock();
    expect(await signs(await identity())).toBe(true);
  });

  it(
    'fails to sign, and says so, where it has a certificate without a key',
    cardTimeout,
    async () => {
      card.fill(authenticationSlot, { certificate: leaf.der });
      await reader.insert(card);
      // OpenSC shows a key beside each certificate of a PIV card, whether it is there or not.
      const { signer } = await identity();
      expect(await codeOfRejection(signer.sign('PS256', message))).toBe('signature_failed');
      await reader.remove();
      card.fill(authenticationSlot, holding(leaf));
      await reader.insert(card);
      expect(await signs(await identity())).toBe(true);
    },
  );
});
