/** A CRL that is kept, without its bytes. */
export interface StoredCrlInfo {
  /** The address it was fetched from, or `uploaded:` and the hash of what it is about. */
  readonly source: string;
  /** Hexadecimal SHA-256 of the CRL. */
  readonly sha256: string;
  /** Length of the CRL in bytes. */
  readonly size: number;
  /** SubjectPublicKeyInfo that its signature was verified with; undefined for uploaded ones. */
  readonly signer: Uint8Array | undefined;
  /** When its source was last heard to have nothing newer. */
  readonly confirmedAt: Date;
  /** When a certificate's status was last looked for in it, to a day. */
  readonly usedAt: Date;
  /** Validators of its HTTP answer (RFC 9110 section 8.8), as they came. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** A CRL that is kept. */
export interface StoredCrl extends StoredCrlInfo {
  readonly der: Uint8Array;
}

/** What is new about a CRL that stayed the same. */
export type CrlConfirmation = Pick<StoredCrlInfo, 'confirmedAt' | 'etag' | 'lastModified'>;

/** An OCSP response that is kept. */
export interface StoredOcspResponse {
  /** Which responder was asked about which certificate. */
  readonly key: string;
  readonly der: Uint8Array;
  /** The nonce it was asked with; empty for none. */
  readonly nonce: Uint8Array;
  readonly fetchedAt: Date;
}

/** How fetching from an address last went. */
export interface FetchState {
  readonly address: string;
  readonly attemptedAt: Date;
  /** Failures in a row; 0 after a success. */
  readonly failures: number;
  /** The sentence of the last failure; undefined after a success. */
  readonly error: string | undefined;
}

/** CRLs and OCSP responses, as they came, and how fetching them went. */
export interface RevocationStore {
  /** Every CRL, by its source. */
  listCrls(): Promise<readonly StoredCrlInfo[]>;
  /** @returns the CRL of a source, or undefined where there is none */
  readCrl(source: string): Promise<StoredCrl | undefined>;
  /**
   * Keeps a CRL in place of another.
   *
   * @param crl - the new one
   * @param predecessor - `sha256` of the one it was compared with; undefined for none
   * @returns false, with nothing changed, where another one is there by now
   */
  replaceCrl(crl: StoredCrl, predecessor: string | undefined): Promise<boolean>;
  /** Notes that the CRL of a source was confirmed. */
  confirmCrl(source: string, confirmation: CrlConfirmation): Promise<void>;
  /** Notes that the CRL of a source was used. */
  touchCrl(source: string, usedAt: Date): Promise<void>;
  /** @returns false where there is none of this source */
  removeCrl(source: string): Promise<boolean>;
  /** Deletes fetched CRLs, never uploaded ones, that were not used since a moment. @returns how many */
  sweepCrls(usedBefore: Date, limit: number): Promise<number>;

  /** @returns what was last kept for a key, or undefined */
  findOcspResponse(key: string): Promise<StoredOcspResponse | undefined>;
  /** Keeps a response in place of the one for the same key. */
  putOcspResponse(response: StoredOcspResponse): Promise<void>;
  removeOcspResponse(key: string): Promise<void>;
  /** Deletes responses fetched before a moment. @returns how many */
  sweepOcspResponses(fetchedBefore: Date, limit: number): Promise<number>;

  listFetchStates(): Promise<readonly FetchState[]>;
  findFetchState(address: string): Promise<FetchState | undefined>;
  putFetchState(state: FetchState): Promise<void>;
  /** Deletes states of addresses not tried since a moment. @returns how many */
  sweepFetchStates(attemptedBefore: Date, limit: number): Promise<number>;
}
