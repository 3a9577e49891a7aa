/** CRLs that an administrator uploads. */
import type { Clock } from '../../core/index.ts';
import { namesEqual, type Crl, type SignatureChecker } from '../../pki/index.ts';
import { readCrlFile } from './crl-file.ts';
import { isOlder, scopeHash } from './crl-order.ts';
import { sha256 } from './crl-retrieval.ts';
import { uploadedPrefix, type CrlShelf } from './crl-shelf.ts';
import { findSigner, type CrlSigner } from './crl-signer.ts';
import { RevocationError } from './errors.ts';

/** What {@link uploadCrls} needs. */
export interface UploadContext {
  readonly shelf: CrlShelf;
  readonly checker: SignatureChecker;
  readonly clock: Clock;
  readonly maxCrlBytes: number;
  /** The certificate authorities here. */
  readonly authorities: readonly CrlSigner[];
}

/**
 * Keeps the CRLs of a file, each in place of the one about the same, unless it is older. Where an
 * authority has the name of a CRL's issuer, it must have signed it; a CRL of another issuer is kept
 * for certificates of that issuer, and proven at its use.
 *
 * @returns the sources of the CRLs, in the file's order
 * @throws RevocationError `crl_unreadable`, `crl_signature_invalid`, `crl_older`, `crl_changed`; then
 *   the CRLs before the one at fault are kept
 */
export async function uploadCrls(
  file: Uint8Array,
  context: UploadContext,
): Promise<readonly string[]> {
  const { crls } = readCrlFile(file, context.maxCrlBytes);
  if (crls.length === 0) throw new RevocationError('crl_unreadable');
  const sources: string[] = [];
  for (const crl of crls) sources.push(await uploadCrl(crl, context));
  return sources;
}

async function uploadCrl(crl: Crl, context: UploadContext): Promise<string> {
  const { shelf, checker, clock, authorities } = context;
  if (authorities.some(({ subject }) => namesEqual(subject, crl.issuer))) {
    await findSigner(crl, authorities, checker);
  }
  const source = uploadedPrefix + scopeHash(crl);
  const present = await shelf.get(source);
  if (
    present !== undefined &&
    isOlder({ crl, signer: undefined }, { crl: present.crl, signer: undefined })
  ) {
    throw new RevocationError('crl_older');
  }
  const now = clock.now();
  const stored = {
    source,
    sha256: sha256(crl.der),
    size: crl.der.length,
    signer: undefined,
    confirmedAt: now,
    usedAt: now,
    etag: undefined,
    lastModified: undefined,
    der: crl.der,
  };
  if (!(await shelf.replace(stored, present?.info.sha256))) {
    throw new RevocationError('crl_changed');
  }
  return source;
}
