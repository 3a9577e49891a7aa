/**
 * What every certificate store must do, whatever is behind it. A store's own suite fills a provider
 * and calls {@link describeCertificateStore}; what a provider cannot make is left out by name.
 */
import { verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/core/index.ts';
import type {
  CertificateStore,
  CertificateWithoutKey,
  Identity,
  StoreListing,
} from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import type { TestKeyType } from '../testkit/test-ca.ts';

/** Fills a store with what the suite asks for, then opens it. Labels name the entries. */
export interface StoreProvider {
  /** Makes an empty store. */
  start(): Promise<void> | void;
  /** Opens the store; every store opened is closed by the suite. */
  open(): CertificateStore;
  /** A key and its certificate. */
  addIdentity(label: string, keyType: TestKeyType): Promise<void> | void;
  /** One more certificate for the key of an identity. */
  addRenewal(label: string, of: string): Promise<void> | void;
  /** A certificate whose key is nowhere. */
  addCertificateWithoutKey(label: string): Promise<void> | void;
  /** A key that no certificate belongs to. */
  addKeyWithoutCertificate(label: string): Promise<void> | void;
  /** An identity whose certificate cannot be parsed; undefined where the store takes none in. */
  readonly addUnreadableCertificate?: (label: string) => Promise<void> | void;
  /** A certificate beside a private key that is not its own. */
  addMismatch(label: string): Promise<void> | void;
  /** The issuing CA's certificate. */
  addIssuer(label: string): Promise<void> | void;
  /** Takes an identity's private key away. */
  removeKey(label: string): Promise<void> | void;
  /** A key that wants a login before each signature; undefined where there is no such thing. */
  readonly addAlwaysAuthenticate?: (label: string) => Promise<void> | void;
  /** What an RSA key can do there; PS256 and RS256 unless told. */
  readonly rsaAlgorithms?: readonly SignatureAlgorithm[];
  /** Ends everything. */
  stop(): Promise<void> | void;
}

const keyTypes = ['rsa2048', 'p256', 'p384', 'p521'] as const;

const widths: Readonly<Partial<Record<SignatureAlgorithm, number>>> = {
  PS256: 256,
  RS256: 256,
  ES256: 64,
  ES384: 96,
  ES512: 132,
};

/** Runs the suite against what a provider makes. */
export function describeCertificateStore(name: string, provider: StoreProvider): void {
  const expectedAlgorithms: Readonly<
    Record<(typeof keyTypes)[number], readonly SignatureAlgorithm[]>
  > = {
    rsa2048: provider.rsaAlgorithms ?? ['PS256', 'RS256'],
    p256: ['ES256'],
    p384: ['ES384'],
    p521: ['ES512'],
  };

  describe(`${name} as a certificate store`, () => {
    let store: CertificateStore;
    let listing: StoreListing;

    beforeAll(async () => {
      await provider.start();
      for (const keyType of keyTypes) await provider.addIdentity(keyType, keyType);
      await provider.addRenewal('p256-renewed', 'p256');
      await provider.addCertificateWithoutKey('orphan');
      await provider.addKeyWithoutCertificate('nobody');
      await provider.addUnreadableCertificate?.('junk');
      await provider.addMismatch('mismatch');
      await provider.addIssuer('issuer');
      await provider.addIdentity('vanishing', 'p256');
      await provider.addAlwaysAuthenticate?.('always');
      store = provider.open();
      listing = await store.list();
    });

    afterAll(async () => {
      await store.close();
      await provider.stop();
    });

    function entry(label: string): Identity | CertificateWithoutKey {
      const found = listing.certificates.filter((candidate) => candidate.label === label);
      expect(found, `entries labelled ${label}`).toHaveLength(1);
      return found[0] as Identity | CertificateWithoutKey;
    }

    function identity(label: string): Identity {
      const found = entry(label);
      if (found.key === undefined) throw new Error(`${label}: ${found.problem.message}`);
      return found;
    }

    it.each(keyTypes)('offers exactly the algorithms of a %s key, best first', (keyType) => {
      expect(identity(keyType).signer.algorithms).toEqual(expectedAlgorithms[keyType]);
    });

    it.each(
      keyTypes.flatMap((keyType) =>
        expectedAlgorithms[keyType].map((algorithm) => [algorithm, keyType] as const),
      ),
    )('makes %s signatures with a %s key that OpenSSL verifies', async (algorithm, keyType) => {
      const { signer, certificate } = identity(keyType);
      const messages = [new Uint8Array(0), Buffer.from('a message'), Buffer.alloc(100_000, 0x5a)];
      for (const message of messages) {
        const signature = await signer.sign(algorithm, message);
        expect(verifies(algorithm, message, certificate.der, signature)).toBe(true);
        const other = Buffer.concat([message, Buffer.of(1)]);
        expect(verifies(algorithm, other, certificate.der, signature)).toBe(false);
      }
    });

    it.each(['p256', 'p384', 'p521'] as const)(
      'gives r‖s its full width in each of many %s signatures',
      async (keyType) => {
        const { signer, certificate } = identity(keyType);
        const [algorithm = 'EdDSA'] = signer.algorithms;
        // One r or s in 256 starts with a zero octet: in 300 signatures a narrow one would show.
        for (let i = 0; i < 300; i++) {
          const message = Buffer.from(`message ${i}`);
          const signature = await signer.sign(algorithm, message);
          expect(signature.length).toBe(widths[algorithm]);
          if (i % 50 === 0) {
            expect(verifies(algorithm, message, certificate.der, signature)).toBe(true);
          }
        }
      },
    );

    it('answers concurrent signatures each with its own', async () => {
      const labels = ['rsa2048', 'p256', 'p384'] as const;
      const attempts = Array.from({ length: 60 }, (_, i) => i).map(async (i) => {
        const { signer, certificate } = identity(labels[i % 3] ?? 'p256');
        const [algorithm = 'EdDSA'] = signer.algorithms;
        const message = Buffer.from(`concurrent ${i}`);
        const signature = await signer.sign(algorithm, message);
        return verifies(algorithm, message, certificate.der, signature);
      });
      expect(await Promise.all(attempts)).toEqual(attempts.map(() => true));
    });

    it('lists a renewed certificate beside the old one, both with the key they share', async () => {
      const [old, renewed] = [identity('p256'), identity('p256-renewed')];
      expect(Buffer.from(renewed.certificate.der).equals(old.certificate.der)).toBe(false);
      expect(renewed.location).not.toBe(old.location);
      const message = Buffer.from('renewal');
      const signature = await renewed.signer.sign('ES256', message);
      expect(verifies('ES256', message, old.certificate.der, signature)).toBe(true);
    });

    it('says of a certificate without a key that the key is not there', () => {
      const orphan = entry('orphan');
      expect(orphan.key === undefined && orphan.problem.code).toBe('key_not_found');
    });

    it('does not list a key without a certificate', () => {
      expect(listing.certificates.map(({ label }) => label)).not.toContain('nobody');
    });

    it.runIf(provider.addUnreadableCertificate !== undefined)(
      'reports an unreadable certificate and lists the good ones all the same',
      () => {
        expect(listing.certificates.map(({ label }) => label)).not.toContain('junk');
        expect(listing.problems.map(({ code }) => code)).toEqual(['certificate_unreadable']);
        expect(listing.problems[0]?.message).not.toBe('');
      },
    );

    it('never signs with a key that is not the certificate’s', async () => {
      const mismatch = entry('mismatch');
      const code =
        mismatch.key === undefined
          ? mismatch.problem.code
          : await codeOfRejection(mismatch.signer.sign('ES256', Buffer.from('x')));
      expect(['key_mismatch', 'key_not_found']).toContain(code);
    });

    it('offers the issuer’s certificate as the chain of those it issued', () => {
      const issuer = entry('issuer');
      expect(identity('rsa2048').chain.map((der) => Buffer.from(der))).toEqual([
        Buffer.from(issuer.certificate.der),
      ]);
    });

    it('tells where a key lives, and that it is not said to be in hardware', () => {
      const { key } = identity('p256');
      expect(key.protection).not.toBe('hardware');
      expect(key.provider).not.toBe('');
    });

    it('gives each certificate a location of its own', () => {
      const locations = listing.certificates.map(({ location }) => location);
      expect(new Set(locations).size).toBe(locations.length);
    });

    it('refuses an algorithm that is not the key’s', async () => {
      const { signer } = identity('p256');
      for (const algorithm of ['RS256', 'PS256', 'ES384', 'EdDSA'] as const) {
        expect(await codeOfRejection(signer.sign(algorithm, Buffer.from('x')))).toBe(
          'algorithm_unsupported',
        );
      }
    });

    it('says that the key is not there once it has gone, and goes on with the others', async () => {
      const { signer } = identity('vanishing');
      await signer.sign('ES256', Buffer.from('still there'));
      await provider.removeKey('vanishing');
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('gone')))).toBe(
        'key_not_found',
      );
      const { signer: other, certificate } = identity('p256');
      const message = Buffer.from('others');
      const signature = await other.sign('ES256', message);
      expect(verifies('ES256', message, certificate.der, signature)).toBe(true);
    });

    if (provider.addAlwaysAuthenticate !== undefined) {
      it('logs in for each signature of a key that wants it', async () => {
        const { signer, certificate } = identity('always');
        for (const text of ['first', 'second']) {
          const message = Buffer.from(text);
          const signature = await signer.sign('ES256', message);
          expect(verifies('ES256', message, certificate.der, signature)).toBe(true);
        }
      });
    }

    it('refuses everything once it is closed, and may be closed twice', async () => {
      const closing = provider.open();
      const { certificates } = await closing.list();
      const signer = certificates.find((candidate) => candidate.key !== undefined)?.signer;
      if (signer === undefined) throw new Error('no identity');
      await closing.close();
      await closing.close();
      expect(await codeOfRejection(closing.list())).toBe('store_closed');
      const [algorithm = 'EdDSA'] = signer.algorithms;
      expect(await codeOfRejection(signer.sign(algorithm, Buffer.from('x')))).toBe('store_closed');
    });
  });
}

/** OpenSSL's word, by the JOSE name's own rules (RFC 7518), apart from the code under test. */
function verifies(
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  certificate: Uint8Array,
  signature: Uint8Array,
): boolean {
  const key = new X509Certificate(certificate).publicKey;
  const hash = `sha${algorithm.slice(2)}`;
  switch (algorithm) {
    case 'RS256':
      return verify(hash, message, { key, padding: 1 }, signature);
    case 'PS256':
      return verify(hash, message, { key, padding: 6, saltLength: 32 }, signature);
    case 'EdDSA':
      return verify(null, message, key, signature);
    default:
      return verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  }
}
