import { createHash } from 'node:crypto';
import type { HashFunction } from '../pki/index.ts';

/** The digests of OCSP (RFC 6960 section 4.1.1) on Node's crypto; synchronous. */
export const nodeHash: HashFunction = (hash, data) =>
  createHash(hash === 'SHA-1' ? 'sha1' : 'sha256')
    .update(data)
    .digest();
