/**
 * What every certificate store must do, whatever is behind it. A store's own suite fills a provider
 * and calls {@link describeCertificateStore}; what there is not in a store is skipped by name and reason.
 */
import { verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/core/index.ts';
import type {
  CertificateStore,
  CertificateWithoutKey,
  Identity,
  KeyProtection,
  StoreListing,
} from '../../src/keystore/index.ts';
import { codeOfRejection } from '../testkit/code-of.ts';
import type { TestKeyType } from '../testkit/test-ca.ts';

/** What not every store has. */
export type Ability =
  | (typeof keyTypes)[number]
  | 'certificates without a key'
  | 'unreadable certificates'
  | 'keys that want a login each time';

/** Fills a store with what the suite asks for, then opens it. Labels name the entries. */
export interface StoreProvider {
  /** Makes an empty store. */
  start(): Promise<void> | void;
  /** Opens the store; every store opened is closed by the suite. */
  open(): CertificateStore;
  /** What the store calls the entry of a label, where it names entries itself; the label unless told. */
  labelOf?(label: string): string;
  /** A key and its certificate. */
  addIdentity(label: string, keyType: TestKeyType): Promise<void> | void;
  /** One more certificate for the key of an identity. */
  addRenewal(label: string, of: string): Promise<void> | void;
  /** A certificate whose key is nowhere. */
  addCertificateWithoutKey(label: string): Promise<void> | void;
  /** A key that no certificate belongs to. */
  addKeyWithoutCertificate(label: string): Promise<void> | void;
  /** An identity whose certificate cannot be parsed. */
  addUnreadableCertificate?(label: string): Promise<void> | void;
  /** A certificate beside a private key that is not its own. */
  addMismatch(label: string): Promise<void> | void;
  /** The issuing CA's certificate. */
  addIssuer(label: string): Promise<void> | void;
  /** Takes an identity's private key away. */
  removeKey(label: string): Promise<void> | void;
  /** A key that wants a login before each signature. */
  addAlwaysAuthenticate?(label: string): Promise<void> | void;
  /** What the store is without, and why; nothing unless told. */
  readonly without?: Readonly<Partial<Record<Ability, string>>>;
  /** Lets pass what the store may take to see a change that another process made; nothing unless told. */
  settle?(): void;
  /** Where the store says that its keys live; elsewhere than in hardware unless told. */
  readonly protection?: KeyProtection;
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

  const without: Readonly<Partial<Record<string, string>>> = {
    ...(provider.addUnreadableCertificate === undefined && {
      'unreadable certificates': 'the store takes in none that it cannot read',
    }),
    ...(provider.addAlwaysAuthenticate === undefined && {
      'keys that want a login each time': 'the store has no such keys',
    }),
    ...provider.without,
  };
  const keyTypesHere = keyTypes.filter((keyType) => without[keyType] === undefined);
  const itWith = (ability: Ability, title: string, test: () => Promise<void> | void): void => {
    const reason = without[ability];
    if (reason === undefined) it(title, test);
    else it.skip(`${title} — skipped: ${reason}`, test);
  };

  describe(`${name} as a certificate store`, () => {
    let store: CertificateStore;
    let listing: StoreListing;

    beforeAll(async () => {
      await provider.start();
      for (const keyType of keyTypesHere) await provider.addIdentity(keyType, keyType);
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
      try {
        await store.close();
      } finally {
        // What the provider started ends also where the store was never opened.
        await provider.stop();
      }
    });

    const labelOf = (label: string): string => provider.labelOf?.(label) ?? label;

    function entry(label: string): Identity | CertificateWithoutKey {
      const found = listing.certificates.filter((candidate) => candidate.label === labelOf(label));
      expect(found, `entries labelled ${label}`).toHaveLength(1);
      return found[0] as Identity | CertificateWithoutKey;
    }

    function identity(label: string): Identity {
      const found = entry(label);
      if (found.key === undefined) throw new Error(`${label}: ${found.problem.message}`);
      return found;
    }

    for (const keyType of keyTypes) {
      const algorithms = expectedAlgorithms[keyType];
      const itHas = (title: string, test: () => Promise<void> | void): void => {
        itWith(keyType, title, test);
      };

      itHas(`offers exactly the algorithms of a ${keyType} key, best first`, () => {
        expect(identity(keyType).signer.algorithms).toEqual(algorithms);
      });

      for (const algorithm of algorithms) {
        itHas(
          `makes ${algorithm} signatures with a ${keyType} key that OpenSSL verifies`,
          async () => {
            const { signer, certificate } = identity(keyType);
            const messages = [
              new Uint8Array(0),
              Buffer.from('a message'),
              Buffer.alloc(100_000, 0x5a),
            ];
            for (const message of messages) {
              const signature = await signer.sign(algorithm, message);
              expect(verifies(algorithm, message, certificate.der, signature)).toBe(true);
              const other = Buffer.concat([message, Buffer.of(1)]);
              expect(verifies(algorithm, other, certificate.der, signature)).toBe(false);
            }
          },
        );
      }

      if (keyType === 'rsa2048') continue;
      itHas(`gives r‖s its full width in each of many ${keyType} signatures`, async () => {
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
      });
    }

    it('answers concurrent signatures each with its own', async () => {
      const labels = keyTypesHere.filter((keyType) => keyType !== 'p521');
      const attempts = Array.from({ length: 60 }, (_, i) => i).map(async (i) => {
        const { signer, certificate } = identity(labels[i % labels.length] ?? 'p256');
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

    itWith(
      'certificates without a key',
      'says of a certificate without a key that the key is not there',
      () => {
        const orphan = entry('orphan');
        expect(orphan.key === undefined && orphan.problem.code).toBe('key_not_found');
      },
    );

    it('does not list a key without a certificate', () => {
      expect(listing.certificates.map(({ label }) => label)).not.toContain(labelOf('nobody'));
    });

    itWith(
      'unreadable certificates',
      'reports an unreadable certificate and lists the good ones all the same',
      () => {
        expect(listing.certificates.map(({ label }) => label)).not.toContain(labelOf('junk'));
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

    it('tells where a key lives', () => {
      const { key } = identity('p256');
      if (provider.protection !== undefined) expect(key.protection).toBe(provider.protection);
      else expect(key.protection).not.toBe('hardware');
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

    it('lists a certificate that came while it was open', async () => {
      const open = provider.open();
      await open.list();
      await provider.addIdentity('late', 'p256');
      provider.settle?.();
      const { certificates } = await open.list();
      const late = certificates.find(({ label }) => label === labelOf('late'));
      if (late?.key === undefined) throw new Error(late?.problem.message ?? 'not listed');
      const message = Buffer.from('late');
      const signature = await late.signer.sign('ES256', message);
      expect(verifies('ES256', message, late.certificate.der, signature)).toBe(true);
      await open.close();
    });

    it('says that the key is not there once it has gone, and goes on with the others', async () => {
      const { signer } = identity('vanishing');
      await signer.sign('ES256', Buffer.from('still there'));
      await provider.removeKey('vanishing');
      if (provider.settle !== undefined) {
        provider.settle();
        await store.list();
      }
      expect(await codeOfRejection(signer.sign('ES256', Buffer.from('gone')))).toBe(
        'key_not_found',
      );
      const { signer: other, certificate } = identity('p256');
      const message = Buffer.from('others');
      const signature = await other.sign('ES256', message);
      expect(verifies('ES256', message, certificate.der, signature)).toBe(true);
    });

    itWith(
      'keys that want a login each time',
      'logs in for each signature of a key that wants it',
      async () => {
        const { signer, certificate } = identity('always');
        for (const text of ['first', 'second']) {
          const message = Buffer.from(text);
          const signature = await signer.sign('ES256', message);
          expect(verifies('ES256', message, certificate.der, signature)).toBe(true);
        }
      },
    );

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
