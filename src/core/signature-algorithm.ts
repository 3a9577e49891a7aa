/** Signature algorithms by their JOSE names (RFC 7518 section 3.1, RFC 8037 section 3.1). */

/** The algorithms a device may sign with, in the order a server prefers them by default. */
export const signatureAlgorithms = ['ES256', 'ES384', 'ES512', 'EdDSA', 'PS256', 'RS256'] as const;

/** One of {@link signatureAlgorithms}. */
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number];

/** True where the text names an algorithm this project signs or verifies with. */
export function isSignatureAlgorithm(name: unknown): name is SignatureAlgorithm {
  return (signatureAlgorithms as readonly unknown[]).includes(name);
}
