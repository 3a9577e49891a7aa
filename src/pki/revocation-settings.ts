/** Revocation checking: what is asked, where material comes from, what is answered. */
import type { Certificate } from './certificate.ts';
import type { Crl } from './crl.ts';
import type { OcspResponse } from './ocsp-response.ts';
import type { Name } from './name.ts';
import type { PublicKey } from './public-key.ts';
import type { RevocationReason } from './revocation-reason.ts';

/** How a status is looked for. */
export type RevocationMethod = 'crl' | 'ocsp';

/** How revocation is checked below a trust anchor. */
export interface RevocationSettings {
  /**
   * `hard-fail`: no fresh status, no path. `grace`: a status counts for {@link graceSeconds} after
   * its nextUpdate. `off`: not checked.
   */
  readonly mode: 'hard-fail' | 'grace' | 'off';
  readonly graceSeconds: number;
  /**
   * What becomes of a certificate that names no CRL and no responder and that no CRL or response at
   * hand comes from its CA for: `refuse` (the default), or `accept` it as not checked. What a
   * certificate names is under its CA's signature: nobody else can make it say nothing.
   */
  readonly unpublished?: 'refuse' | 'accept' | undefined;
  /** Methods in the order they are tried; the first that gives a proven status decides. */
  readonly methods: readonly RevocationMethod[];
  /** How far the clocks of CRL issuers and responders may run ahead of ours. */
  readonly clockSkewSeconds: number;
  /** How long an OCSP response without nextUpdate counts after its thisUpdate. */
  readonly ocspMaxAgeSeconds: number;
}

/** OCSP first, CRL where that gives nothing, a minute of skew, no grace. */
export const defaultRevocationSettings: RevocationSettings = {
  mode: 'hard-fail',
  graceSeconds: 0,
  methods: ['ocsp', 'crl'],
  clockSkewSeconds: 60,
  ocspMaxAgeSeconds: 3600,
};

/** A certificate whose status is wanted. */
export interface RevocationQuery {
  readonly certificate: Certificate;
  /** Who issued it, as the path proves. */
  readonly issuerName: Name;
  readonly issuerKey: PublicKey;
  /** The issuer's certificate; undefined for an anchor that is a bare name and key. */
  readonly issuerCertificate: Certificate | undefined;
}

/** A CRL at hand. */
export interface AvailableCrl {
  readonly crl: Crl;
  /** Where it came from, for people: an address, a file, `uploaded`. */
  readonly origin: string;
}

/** An OCSP response at hand. */
export interface AvailableOcspResponse {
  readonly response: OcspResponse;
  readonly origin: string;
  /** The nonce it was asked with; undefined for one that was not asked for with a nonce. */
  readonly nonce?: Uint8Array | undefined;
}

/** Hands out what it has or can fetch. What it hands out is proven before it is believed. */
export interface RevocationSource {
  /** Complete and delta CRLs that may concern a certificate. */
  crlsFor(query: RevocationQuery): readonly AvailableCrl[] | Promise<readonly AvailableCrl[]>;
  /** OCSP responses that may concern a certificate. */
  ocspResponsesFor(
    query: RevocationQuery,
  ): readonly AvailableOcspResponse[] | Promise<readonly AvailableOcspResponse[]>;
  /**
   * Why it has nothing (newer) by a method, for what is told where no status was proven: addresses
   * that did not answer, and the like.
   */
  failuresFor?(
    query: RevocationQuery,
    method: RevocationMethod,
  ): readonly RevocationRefusal[] | Promise<readonly RevocationRefusal[]>;
  /** Hears that an OCSP response which it handed out proves nothing, so that it need not be kept. */
  refused?(available: AvailableOcspResponse): void | Promise<void>;
}

/** Hashes that name an issuer in OCSP. */
export type OcspHash = 'SHA-1' | 'SHA-256';

/** Computes a digest, with Node's crypto, Web Crypto or whatever else is at hand. */
export type HashFunction = (hash: OcspHash, data: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Inputs of revocation checking. */
export interface RevocationInputs {
  readonly source: RevocationSource;
  /** For anchors without their own. */
  readonly settings: RevocationSettings;
  /**
   * Certificates of separate CRL issuers and of their CAs. From anyone: each is used only with a
   * valid path to the very anchor of the certificate in question.
   */
  readonly crlIssuers: readonly Certificate[];
  readonly hash: HashFunction;
}

/** Why a CRL or an OCSP response was not used. */
export interface RevocationRefusal {
  readonly method: RevocationMethod;
  /** Where the CRL or response came from; undefined where there was none at all. */
  readonly origin: string | undefined;
  /** A sentence with the rule's place. */
  readonly message: string;
}

/** Where a proven status comes from and how old it is. */
export interface RevocationEvidence {
  readonly method: RevocationMethod;
  readonly origin: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
  /** Seconds from thisUpdate to the time of the check; negative within the allowed skew. */
  readonly ageSeconds: number;
  /** True where nextUpdate has passed and only the grace makes it count. */
  readonly stale: boolean;
}

/** What is known of one certificate's revocation. */
export type CertificateRevocation =
  | { readonly status: 'not_checked' }
  | {
      readonly status: 'good';
      /** One proof, or several CRLs that cover all reasons together. */
      readonly evidence: readonly RevocationEvidence[];
      readonly refusals: readonly RevocationRefusal[];
    }
  | {
      readonly status: 'revoked';
      readonly evidence: readonly RevocationEvidence[];
      readonly revocationDate: Date;
      readonly reason: RevocationReason;
      readonly refusals: readonly RevocationRefusal[];
    }
  | { readonly status: 'unknown'; readonly refusals: readonly RevocationRefusal[] };
