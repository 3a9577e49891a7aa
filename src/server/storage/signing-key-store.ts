/** What a key signs. */
export type SigningKeyPurpose = 'challenges' | 'openid';

/** A key that challenges or ID tokens are signed with, as it is stored. */
export interface StoredSigningKey {
  /** `kid`: the key's RFC 7638 thumbprint. */
  readonly id: string;
  /** The private key as a JWK (RFC 7517), JSON text; `x5c` beside it where it has a certificate. */
  readonly privateJwk: string;
  readonly createdAt: Date;
  /** From when it signs; before, it is only published. */
  readonly signsFrom: Date;
}

/** The signing keys of one purpose. */
export interface SigningKeyStore {
  add(key: StoredSigningKey): Promise<void>;
  /** Adds a key where there is none of the purpose, atomically; else does nothing. */
  addFirst(key: StoredSigningKey): Promise<void>;
  /** By the time from which they sign, oldest first. */
  list(): Promise<readonly StoredSigningKey[]>;
  remove(id: string): Promise<void>;
}
