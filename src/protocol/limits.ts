/** Bounds that both sides keep. A message beyond one is refused before any work is done on it. */
export const protocolLimits = {
  /** Longest challenge JWS, in characters. */
  challengeLength: 32 * 1024,
  /** Longest device proof JWS, in characters. */
  proofLength: 64 * 1024,
  /** Largest body the loopback endpoint reads, in bytes. */
  loopbackBodyBytes: 64 * 1024,
  /** Deepest JSON nesting in any message. */
  jsonDepth: 8,
  /** Longest time from `iat` to `exp`, in seconds. */
  lifetimeSeconds: 120,
  /** How far two clocks may differ, in seconds. */
  clockSkewSeconds: 60,
  /** Most certificates in a proof's x5c. */
  certificates: 8,
  /** Largest DER certificate in x5c, in bytes. */
  certificateBytes: 16 * 1024,
  /** Most entries of a list in a challenge (origins, authorities, issuers). */
  listEntries: 64,
  /** Longest free text in a proof (host name, OS version), in characters. */
  textLength: 256,
} as const;
