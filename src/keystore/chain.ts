import { bytesEqual } from '../core/index.ts';
import { namesEqual, type Certificate } from '../pki/index.ts';

/** A device proof carries at most eight certificates: the leaf and seven above it. */
const maxChainLength = 7;

/**
 * Finds a certificate's issuers among a store's other certificates, by name and key identifier
 * (RFC 5280 sections 4.2.1.1 and 4.2.1.2). Nothing is verified: the chain is an offer to a verifier
 * that validates the path itself.
 *
 * @param leaf - where the chain starts; not part of the result
 * @param pool - the store's certificates, in any order
 * @returns DER, nearest issuer first, up to and including a root where it is there
 */
export function chainFor(leaf: Certificate, pool: readonly Certificate[]): Uint8Array[] {
  const chain: Certificate[] = [];
  let current = leaf;
  while (chain.length < maxChainLength && !namesEqual(current.subject, current.issuer)) {
    const next = bestIssuer(current, pool, chain);
    if (next === undefined) break;
    chain.push(next);
    current = next;
  }
  return chain.map((certificate) => certificate.der);
}

/** Of several with the issuer's name: one whose key identifier fits, then one that lives longest. */
function bestIssuer(
  child: Certificate,
  pool: readonly Certificate[],
  used: readonly Certificate[],
): Certificate | undefined {
  return pool
    .filter(
      (candidate) =>
        candidate.basicConstraints?.ca === true &&
        !used.includes(candidate) &&
        namesEqual(candidate.subject, child.issuer),
    )
    .sort(
      (a, b) =>
        keyIdentifierFit(child, b) - keyIdentifierFit(child, a) ||
        b.notAfter.getTime() - a.notAfter.getTime(),
    )
    .find((candidate) => keyIdentifierFit(child, candidate) >= 0);
}

/** 1 where both name the same key, -1 where they name different ones, 0 where one does not say. */
function keyIdentifierFit(child: Certificate, issuer: Certificate): -1 | 0 | 1 {
  const wanted = child.authorityKeyIdentifier?.keyIdentifier;
  const offered = issuer.subjectKeyIdentifier;
  if (wanted === undefined || offered === undefined) return 0;
  return bytesEqual(wanted, offered) ? 1 : -1;
}
