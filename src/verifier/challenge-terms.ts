import type { SignatureAlgorithm } from '../core/index.ts';
import { serverPaths, type Challenge } from '../protocol/index.ts';
import type { TrustedAuthority } from './trusted-authority.ts';

/** What a challenge says besides its transaction, nonce and times. */
export type ChallengeTerms = Omit<Challenge, 'transaction' | 'nonce' | 'issuedAt' | 'expiresAt'>;

/** What {@link challengeTerms} are made of. */
export interface ChallengeTermsOptions {
  /** The server's issuer URL, an origin; agents know it by this name. */
  readonly issuer: string;
  /** The web origin of the sign-in page; no other may deliver the challenge. */
  readonly origin: string;
  /** Where the agent posts its proof; `/v1/proofs` of the issuer unless told. */
  readonly responseUri?: string | undefined;
  /** The authorities whose certificates count; they tell the agent which certificate to use. */
  readonly authorities: readonly TrustedAuthority[];
  /** Accepted signature algorithms, the preferred one first. */
  readonly algorithms: readonly SignatureAlgorithm[];
}

/** The terms of a challenge (docs/protocol.md, "Challenge"). */
export function challengeTerms(options: ChallengeTermsOptions): ChallengeTerms {
  const { issuer, origin, authorities, algorithms } = options;
  return {
    issuer,
    origins: [origin],
    responseUri: options.responseUri ?? `${issuer}${serverPaths.proofs}`,
    authorityKeyIdentifiers: authorities.flatMap(
      ({ certificate }) => certificate.subjectKeyIdentifier ?? [],
    ),
    issuerNames: authorities.map(({ certificate }) => certificate.subject.der),
    algorithms,
  };
}
