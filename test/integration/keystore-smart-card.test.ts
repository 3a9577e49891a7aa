/** A smart card that OpenSC reads: signed with, pulled out and put in again. */
import { X509Certificate, verify } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  openCertificateStore,
  type CertificateStore,
  type Identity,
} from '../../src/keystore/index.ts';
import {
  CardReader,
  openScComponent,
  pcscdComponent,
  virtualReaderComponent,
} from '../testkit/card-reader.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import { makeScratchDirectory } from '../testkit/make-scratch-directory.ts';
import { describeWith } from '../testkit/require-component.ts';
import { TestCa } from '../testkit/test-ca.ts';

const message = Buffer.from('message');
const pin = '123456';
// OpenSC reads a whole card each time that it comes: that takes seconds.
const cardTimeout = { timeout: 60_000 };

describeWith(
  'a smart card in OpenSC',
  [openScComponent, pcscdComponent, virtualReaderComponent],
  ([modulePath = '']) => {
    const leaf = TestCa.root().issue({ keyType: 'rsa2048', commonName: 'device' });
    let reader: CardReader;
    let store: CertificateStore;
    let directory = '';

    beforeEach(async () => {
      directory = makeScratchDirectory();
      const pinFile = path.join(directory, 'pin');
      writeFileSync(pinFile, pin, { mode: 0o600 });
      reader = await CardReader.start();
      store = openCertificateStore({ uri: modulePath, pinFile });
    });

    afterEach(async () => {
      await store.close();
      await reader.stop();
      rmSync(directory, { recursive: true });
    });

    function contents(cardPin = pin) {
      if (leaf.privateKey === undefined) throw new Error('no key');
      return { privateKey: leaf.privateKey, certificate: leaf.der, pin: cardPin };
    }

    /** What the store shows, once that is a card or once it is none. */
    async function seen(): Promise<string> {
      const { certificates, problems } = await store.list();
      const [entry] = certificates;
      if (entry === undefined) return problems[0]?.code ?? 'nothing';
      return entry.key === undefined ? entry.problem.code : 'usable';
    }

    async function identity(): Promise<Identity> {
      await expect.poll(seen, { timeout: 20_000 }).toBe('usable');
      const [entry] = (await store.list()).certificates;
      if (entry?.key === undefined) throw new Error('no identity');
      return entry;
    }

    async function signs({ signer }: Identity): Promise<boolean> {
      const signature = await signer.sign('PS256', message);
      const key = new X509Certificate(leaf.der).publicKey;
      return verify('sha256', message, { key, padding: 6, saltLength: 32 }, signature);
    }

    it('is noticed when it comes, gone when it is pulled out, and back', cardTimeout, async () => {
      expect(await seen()).toBe('token_not_present');
      const card = await reader.insert(contents());
      const found = await identity();
      expect(found.key).toMatchObject({ protection: 'hardware', exportable: false });
      expect(await signs(found)).toBe(true);
      card.pullOut();
      await expect.poll(seen, { timeout: 20_000 }).toBe('token_not_present');
      expect(await codeOfRejection(found.signer.sign('PS256', message))).toBe('token_not_present');
      await card.putIn();
      expect(await signs(await identity())).toBe(true);
      expect(await signs(found)).toBe(true);
      card.pullOut();
    });

    it('is shown a wrong PIN once', cardTimeout, async () => {
      const card = await reader.insert(contents('654321'));
      await expect.poll(seen, { timeout: 20_000 }).toBe('pin_rejected');
      for (let i = 0; i < 3; i++) expect(await seen()).toBe('pin_rejected');
      expect(card.triesLeft).toBe(2);
      card.pullOut();
    });
  },
);
