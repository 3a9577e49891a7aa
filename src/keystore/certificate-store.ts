/** The contract that every certificate store fulfils. test/contract holds each store to it. */
import type { SignatureAlgorithm } from '../core/index.ts';
import type { Certificate } from '../pki/index.ts';
import type { KeystoreErrorCode } from './errors.ts';

/** A place that holds certificates, some of them with private keys that it lets us use. */
export interface CertificateStore {
  /** The store's URI as configured, without any secret. */
  readonly uri: string;
  /** What kind of store it is: the URI's scheme. */
  readonly kind: StoreKind;
  /**
   * Looks at the store afresh. One bad item never ends the sweep: it is reported as a problem.
   *
   * @throws KeystoreError where the store as a whole cannot be read
   */
  list(): Promise<StoreListing>;
  /**
   * Tells that the store may have changed, so that it is listed again; there only where a store can
   * tell. Such word may come late or more often than needed, and never keeps the process alive.
   *
   * @returns a function that ends it; closing the store does, too
   */
  watch?(changed: () => void): () => void;
  /** Ends sessions and processes. Pending signatures are refused; closing twice is harmless. */
  close(): Promise<void>;
}

/** The kinds of store, by URI scheme. */
export const storeKinds = ['pkcs11', 'p11-kit', 'file', 'windows', 'macos'] as const;

/** One of {@link storeKinds}. */
export type StoreKind = (typeof storeKinds)[number];

/** What a sweep of a store found. */
export interface StoreListing {
  /** Certificates, whether or not they have a usable private key. */
  readonly certificates: readonly StoredCertificate[];
  /** Items and tokens that could not be read, each with its own error. */
  readonly problems: readonly StoreProblem[];
}

/** Something in a store that could not be used. */
export interface StoreProblem {
  /** Where it is: the item's or token's URI or path. */
  readonly location: string;
  readonly code: KeystoreErrorCode;
  /** A sentence for people; holds no secret. */
  readonly message: string;
}

/** A certificate in a store. */
export type StoredCertificate = Identity | CertificateWithoutKey;

/** What both kinds of {@link StoredCertificate} have. */
interface StoredCertificateBase {
  /** Where it is: a URI that finds this certificate again (PKCS#11: RFC 7512). */
  readonly location: string;
  /** The name people gave it in the store; may be empty. */
  readonly label: string;
  readonly certificate: Certificate;
  /** DER of the store's other certificates that lead from this one to its root, nearest first. */
  readonly chain: readonly Uint8Array[];
}

/** A certificate and the private key that belongs to it. */
export interface Identity extends StoredCertificateBase {
  readonly key: KeyDescription;
  readonly signer: Signer;
}

/** A certificate whose private key is missing, forbidden or unusable, and why. */
export interface CertificateWithoutKey extends StoredCertificateBase {
  readonly key: undefined;
  readonly problem: StoreProblem;
}

/** What a store says about a private key. The store's own word: it proves nothing to others. */
export interface KeyDescription {
  readonly protection: KeyProtection;
  /** Whether the store would hand the key out; undefined where it does not say. */
  readonly exportable: boolean | undefined;
  /** Provider, token or module that holds the key, for people. */
  readonly provider: string;
}

/** Where a key lives, as far as its store says. */
export type KeyProtection = 'hardware' | 'software' | 'unknown';

/** Signs with one private key. */
export interface Signer {
  /** The algorithms that this key can really do in this store, best first. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /**
   * Signs a message. The store hashes and normalises.
   *
   * @param algorithm - one of {@link Signer.algorithms}
   * @param message - the bytes to sign, not their digest
   * @returns the signature as JWS wants it (RFC 7518 section 3): ECDSA as r‖s of fixed width
   * @throws KeystoreError where the key is gone, refused or the store failed
   */
  sign(algorithm: SignatureAlgorithm, message: Uint8Array): Promise<Uint8Array>;
}
