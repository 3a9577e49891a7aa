/** Where randomness comes from; a parameter wherever a nonce, id or key is made. */
export interface RandomSource {
  /**
   * @param length - how many bytes
   * @returns that many bytes from a cryptographically secure generator
   */
  bytes(length: number): Uint8Array;
}

/** The platform's CSPRNG (Web Crypto's getRandomValues, in Node and browsers alike). */
export const systemRandom: RandomSource = {
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
};

/**
 * Makes a random (version 4) UUID, RFC 9562 section 5.4.
 *
 * @param random - the source of its 122 random bits
 */
export function randomUuid(random: RandomSource): string {
  const b = random.bytes(16);
  b[6] = ((b[6] ?? 0) & 0x0f) | 0x40;
  b[8] = ((b[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
