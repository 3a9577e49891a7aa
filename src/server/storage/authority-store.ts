/** A certificate authority as it is stored. */
export interface StoredAuthority {
  /** Hexadecimal SHA-256 of the certificate. */
  readonly id: string;
  /** The certificate. */
  readonly der: Uint8Array;
  readonly addedAt: Date;
}

/** Certificate authorities whose certificates prove a device as managed. */
export interface AuthorityStore {
  /**
   * Adds all of them or none.
   *
   * @returns false, with nothing added, where one is there already
   */
  add(authorities: readonly StoredAuthority[]): Promise<boolean>;
  /** In the order in which they were added. */
  list(): Promise<readonly StoredAuthority[]>;
  /** @returns false where there is none of this id */
  remove(id: string): Promise<boolean>;
}
