/** A key that challenges are signed with, as it is stored. */
export interface StoredSigningKey {
  /** `kid`: the key's RFC 7638 thumbprint. */
  readonly id: string;
  /** The private key as a JWK (RFC 7517), JSON text. */
  readonly privateJwk: string;
  readonly createdAt: Date;
  /** From when it signs; before, it is only published. */
  readonly signsFrom: Date;
}

/** Keys that challenges are signed with. */
export interface SigningKeyStore {
  add(key: StoredSigningKey): Promise<void>;
  /** Adds a key where there is none at all, atomically; else does nothing. */
  addFirst(key: StoredSigningKey): Promise<void>;
  /** By the time from which they sign, oldest first. */
  list(): Promise<readonly StoredSigningKey[]>;
  remove(id: string): Promise<void>;
}
