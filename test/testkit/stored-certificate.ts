/** Certificates as a store would list them, without a store. */
import { sign } from 'node:crypto';
import type {
  CertificateStore,
  CertificateWithoutKey,
  Identity,
  KeyProtection,
  KeystoreErrorCode,
  Signer,
  StoredCertificate,
  StoreProblem,
} from '../../src/keystore/index.ts';
import { parseCertificate, signatureAlgorithmsFor } from '../../src/pki/index.ts';
import type { TestCa, TestCertificate } from './test-ca.ts';

/** Settings of {@link storedIdentity}. */
export interface StoredIdentityOptions {
  readonly issuer?: TestCa;
  readonly location?: string;
  readonly protection?: KeyProtection;
  readonly signer?: Signer;
}

/** An identity whose key signs ES256 here (P-256 keys), or as the signer given does. */
export function storedIdentity(
  leaf: TestCertificate,
  options: StoredIdentityOptions = {},
): Identity {
  const certificate = parseCertificate(leaf.der);
  return {
    location: options.location ?? 'file:///keys/device.pem',
    label: 'device',
    certificate,
    chain: options.issuer?.chain.map(({ der }) => der) ?? [],
    key: { protection: options.protection ?? 'software', exportable: false, provider: 'test' },
    signer: options.signer ?? {
      algorithms: signatureAlgorithmsFor(certificate.publicKey),
      sign: (_, message) => {
        if (leaf.privateKey === undefined) throw new Error('the private key is elsewhere');
        const key = { key: leaf.privateKey, dsaEncoding: 'ieee-p1363' } as const;
        return Promise.resolve(sign('sha256', message, key));
      },
    },
  };
}

/** A certificate whose key cannot be used. */
export function storedWithoutKey(
  leaf: TestCertificate,
  code: KeystoreErrorCode,
): CertificateWithoutKey {
  const location = 'file:///keys/device.pem';
  const message = `The reason for ${code}.`;
  return {
    location,
    label: 'device',
    certificate: parseCertificate(leaf.der),
    chain: [],
    key: undefined,
    problem: { location, code, message },
  };
}

/** A store that holds what it is told to, and counts how often it was looked at. */
export class MemoryStore implements CertificateStore {
  readonly uri = 'file:///keys';
  readonly kind = 'file';
  certificates: readonly StoredCertificate[];
  problems: readonly StoreProblem[] = [];
  listings = 0;
  closed = false;

  constructor(certificates: readonly StoredCertificate[] = []) {
    this.certificates = certificates;
  }

  list(): Promise<{
    readonly certificates: readonly StoredCertificate[];
    readonly problems: readonly StoreProblem[];
  }> {
    this.listings++;
    return Promise.resolve({ certificates: this.certificates, problems: this.problems });
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
