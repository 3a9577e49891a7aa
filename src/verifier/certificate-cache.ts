import { createHash } from 'node:crypto';
import type { Certificate } from '../pki/index.ts';

/**
 * Parsed certificates, so that those which come again are read once: CA certificates with every proof,
 * a device's own at its next sign-in.
 */
export interface CertificateCache {
  /**
   * @param der - the certificate
   * @param parse - reads it where it is not there; what it throws goes through, and is not kept
   */
  read(der: Uint8Array, parse: (der: Uint8Array) => Certificate): Certificate;
}

/** Largest certificate that is kept, in bytes: what strangers send must not fill the memory. */
const largestKept = 8192;

/**
 * Makes a cache. It holds certificates by the SHA-256 of their DER: what is kept was parsed from the
 * very same bytes. Nothing in it is trusted.
 *
 * @param capacity - most certificates; the one not asked for longest is given up first
 */
export function createCertificateCache(capacity: number): CertificateCache {
  const known = new Map<string, Certificate>();
  return {
    read(der, parse) {
      if (der.length > largestKept) return parse(der);
      const key = createHash('sha256').update(der).digest('base64');
      const certificate = known.get(key) ?? parse(der);
      // Set anew, so that the map's order is that of last use.
      known.delete(key);
      known.set(key, certificate);
      const oldest = known.keys().next();
      if (known.size > capacity && oldest.done !== true) known.delete(oldest.value);
      return certificate;
    },
  };
}
