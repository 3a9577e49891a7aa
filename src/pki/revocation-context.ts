/** What every part of revocation checking is given, and small things they share. */
import { formatSecond } from '../core/index.ts';
import type { AlgorithmPolicy } from './algorithm-policy.ts';
import type { Certificate } from './certificate.ts';
import type { PublicKey } from './public-key.ts';
import type {
  CertificateRevocation,
  RevocationEvidence,
  RevocationInputs,
  RevocationMethod,
  RevocationQuery,
  RevocationSettings,
} from './revocation-settings.ts';
import type { SignatureSession } from './signature-session.ts';
import type { TrustAnchor } from './trust-anchor.ts';

/** A certificate whose status is wanted, in the path in which it stands. */
export interface RevocationTask {
  readonly query: RevocationQuery;
  readonly anchor: TrustAnchor;
  /** Every certificate of the path: they may also sign CRLs. */
  readonly pathCertificates: readonly Certificate[];
  readonly settings: RevocationSettings;
  readonly algorithmPolicy: AlgorithmPolicy;
}

/** What stays the same during a search for a path. */
export interface RevocationContext {
  readonly inputs: RevocationInputs;
  readonly time: Date;
  readonly signatures: SignatureSession;
  /**
   * Validates a path to a CRL issuer's certificate from the task's own anchor (RFC 5280 section
   * 6.3.3 (f)).
   *
   * @returns the issuer's key, with inherited parameters, or undefined where there is no path
   */
  proveCrlIssuer(certificate: Certificate, task: RevocationTask): Promise<PublicKey | undefined>;
}

/** A status that decides. */
export type ProvenStatus = Extract<CertificateRevocation, { status: 'good' | 'revoked' }>;

interface Updates {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date | undefined;
}

/** Until when a CRL or response counts; for an OCSP response without nextUpdate, see the settings. */
function lastMoment({ thisUpdate, nextUpdate }: Updates, settings: RevocationSettings): number {
  const end = nextUpdate?.getTime() ?? thisUpdate.getTime() + settings.ocspMaxAgeSeconds * 1000;
  return end + (settings.mode === 'grace' ? settings.graceSeconds * 1000 : 0);
}

/** @returns why a CRL or response is not current, or undefined */
export function currencyObjection(
  updates: Updates,
  time: Date,
  settings: RevocationSettings,
): string | undefined {
  const skew = settings.clockSkewSeconds * 1000;
  // Written so that a setting that is not a number refuses.
  if (!(updates.thisUpdate.getTime() <= time.getTime() + skew)) {
    return `It is from the future: ${formatSecond(updates.thisUpdate)}.`;
  }
  if (!(lastMoment(updates, settings) >= time.getTime())) {
    const { nextUpdate, thisUpdate } = updates;
    return nextUpdate === undefined
      ? `It is too old: ${formatSecond(thisUpdate)}.`
      : `It is out of date: its successor was due ${formatSecond(nextUpdate)}.`;
  }
  return undefined;
}

/** Makes the evidence of a proven status. */
export function evidenceOf(
  method: RevocationMethod,
  origin: string,
  { thisUpdate, nextUpdate }: Updates,
  time: Date,
): RevocationEvidence {
  return {
    method,
    origin,
    thisUpdate,
    nextUpdate,
    ageSeconds: Math.round((time.getTime() - thisUpdate.getTime()) / 1000),
    stale: nextUpdate !== undefined && nextUpdate < time,
  };
}
