/** Which of two CRLs is the later one. */
import { createHash } from 'node:crypto';
import { bytesEqual } from '../../core/index.ts';
import { compareCrlNumbers, namesEqual, type Crl } from '../../pki/index.ts';

/**
 * Compares two CRLs of one issuer and scope: by number (RFC 5280 section 5.2.3: numbers of an issuer
 * and scope only grow), and where that does not decide, by thisUpdate.
 *
 * @returns negative where `a` is older, positive where it is newer
 */
function compareAge(a: Crl, b: Crl): number {
  const byTime = a.thisUpdate.getTime() - b.thisUpdate.getTime();
  if (a.crlNumber === undefined || b.crlNumber === undefined) return byTime;
  return compareCrlNumbers(a.crlNumber, b.crlNumber) || byTime;
}

/** A CRL with the key that it was proven to be signed with, where that is known. */
export interface SignedCrl {
  readonly crl: Crl;
  readonly signer: Uint8Array | undefined;
}

/**
 * True where a CRL must not take another one's place. A CA that has a new key may start its numbers
 * anew, but time goes on for it too.
 */
export function isOlder(candidate: SignedCrl, present: SignedCrl): boolean {
  if (!namesEqual(candidate.crl.issuer, present.crl.issuer)) return false;
  if (!sameSigner(candidate, present)) return candidate.crl.thisUpdate < present.crl.thisUpdate;
  return compareAge(candidate.crl, present.crl) < 0;
}

function sameSigner({ signer: a }: SignedCrl, { signer: b }: SignedCrl): boolean {
  return a === undefined || b === undefined || bytesEqual(a, b);
}

/** @returns a hash of what a CRL is about: its issuer, its scope, and whether it is a delta */
export function scopeHash({ issuer, issuingDistributionPoint, baseCrlNumber }: Crl): string {
  return createHash('sha256')
    .update(issuer.der)
    .update(issuingDistributionPoint?.der ?? '')
    .update(baseCrlNumber === undefined ? 'complete' : 'delta')
    .digest('hex');
}
