/** What retrieving revocation data is told, and the bounds it keeps. */

/** Settings of retrieval. */
export interface RevocationOptions {
  /**
   * Hosts (`crl.corp.example`, `10.1.2.3:8080`, `[fd00::1]:8080`) and networks (`10.0.0.0/8`) that
   * may be asked although they are private or on another port than 80 and 443.
   */
  readonly allowedAddresses: readonly string[];
  /** How long a verdict waits for fetches, all together, in milliseconds. */
  readonly maxWait: number;
  /** How long a CRL is believed to be its address's latest, and an OCSP response asked again, in ms. */
  readonly refreshInterval: number;
  /** How long an OCSP response is used without asking again, in milliseconds. */
  readonly ocspInterval: number;
  /** Directory of CRLs, and of certificates of CRL issuers, that somebody else keeps up to date. */
  readonly crlDirectory: string | undefined;
  readonly limits: FetchLimits;
}

/** Bounds of single fetches. Bytes and milliseconds. */
export interface FetchLimits {
  readonly maxCrlBytes: number;
  readonly maxOcspBytes: number;
  readonly connectTimeout: number;
  readonly crlTimeout: number;
  readonly ocspTimeout: number;
}

/** Largest CRL, in bytes. */
export const maxCrlFileBytes = 64 << 20;

/** Settings where nothing else is said. */
export const defaultRevocationOptions: RevocationOptions = {
  allowedAddresses: [],
  maxWait: 3000,
  refreshInterval: 15 * 60_000,
  ocspInterval: 5 * 60_000,
  crlDirectory: undefined,
  limits: {
    maxCrlBytes: maxCrlFileBytes,
    maxOcspBytes: 64 << 10,
    connectTimeout: 5000,
    crlTimeout: 60_000,
    ocspTimeout: 10_000,
  },
};
