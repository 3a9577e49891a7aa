/** Whether a certificate comes from an authority that a challenge names. */
import { bytesEqual } from '../core/index.ts';
import { parseCertificate, PkiError, type Certificate } from '../pki/index.ts';
import type { Challenge } from '../protocol/index.ts';

/** How an issuer was recognised: by its key's identifier, or by its name alone. */
export type IssuerMatch = 'key' | 'name';

/**
 * Looks for an accepted authority above a certificate.
 *
 * @param certificate - the device's
 * @param chain - DER of the certificates above it, as far as the store has them, nearest first
 * @param accepted - the authorities that the server accepts
 * @returns undefined where none of them issued it. A match by name alone may be another key of that
 *   authority, or another authority of the same name: it is worth trying, but a match by key is better
 */
export function issuerMatch(
  certificate: Certificate,
  chain: readonly Uint8Array[],
  accepted: Pick<Challenge, 'authorityKeyIdentifiers' | 'issuerNames'>,
): IssuerMatch | undefined {
  const links = [certificate, ...chain.flatMap(readable)];
  if (links.some((link) => issuerKeyIs(link, accepted.authorityKeyIdentifiers))) return 'key';
  const named = links.some(({ issuer }) =>
    accepted.issuerNames.some((name) => bytesEqual(name, issuer.der)),
  );
  return named ? 'name' : undefined;
}

function issuerKeyIs(link: Certificate, accepted: readonly Uint8Array[]): boolean {
  const identifier = link.authorityKeyIdentifier?.keyIdentifier;
  return identifier !== undefined && accepted.some((other) => bytesEqual(other, identifier));
}

/** A chain comes from files and tokens: a damaged link is no link. */
function readable(der: Uint8Array): readonly Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof PkiError) return [];
    throw error;
  }
}
