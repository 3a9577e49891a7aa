/** Fetching one CRL: only if it changed, only signed by its issuer, and never an older one. */
import { createHash } from 'node:crypto';
import { formatSecond } from '../../core/index.ts';
import type { Clock } from '../../core/index.ts';
import { parsePublicKey, type Crl, type SignatureChecker } from '../../pki/index.ts';
import type { AddressGuard } from './address-guard.ts';
import { readCrlAnswer } from './crl-file.ts';
import { isOlder } from './crl-order.ts';
import type { CrlShelf, ShelvedCrl } from './crl-shelf.ts';
import { findSigner, type CrlSigner } from './crl-signer.ts';
import { RevocationError } from './errors.ts';
import { fetchOverHttp, type HttpAnswer } from './http-fetch.ts';
import type { FetchLimits } from './options.ts';
import type { RevocationStore } from '../storage/index.ts';

/** What {@link retrieveCrl} needs. */
export interface CrlRetrievalContext {
  readonly store: RevocationStore;
  readonly shelf: CrlShelf;
  readonly guard: AddressGuard;
  readonly checker: SignatureChecker;
  readonly clock: Clock;
  readonly limits: FetchLimits;
  /** Ends every fetch. */
  readonly stopped: AbortSignal;
}

/**
 * Fetches the CRL of an address and keeps it, unless it is what is there already (RFC 9110 section
 * 13), is not signed by its issuer, or is older than what is there.
 *
 * @param address - its source
 * @param signers - who may have signed it; the signer of the one that is there may too
 * @throws RevocationError
 */
export async function retrieveCrl(
  address: string,
  signers: readonly CrlSigner[],
  context: CrlRetrievalContext,
): Promise<void> {
  const { shelf, store, clock } = context;
  const present = await shelf.get(address);
  const answer = await ask(address, present, context);
  const { etag, lastModified } = answer;
  const confirmedAt = clock.now();
  if (present !== undefined && isTheSame(answer, present)) {
    await store.confirmCrl(address, {
      confirmedAt,
      etag: etag ?? present.info.etag,
      lastModified: lastModified ?? present.info.lastModified,
    });
    shelf.changed();
    return;
  }
  const crl = readCrlAnswer(answer.body, context.limits.maxCrlBytes);
  const candidates = [...signers, ...signerOf(present)];
  const { der: signer } = await findSigner(crl, candidates, context.checker);
  refuseOlder({ crl, signer }, present, address);
  const replaced = await shelf.replace(
    {
      source: address,
      sha256: sha256(crl.der),
      size: crl.der.length,
      signer,
      confirmedAt,
      usedAt: present?.info.usedAt ?? confirmedAt,
      etag,
      lastModified,
      der: crl.der,
    },
    present?.info.sha256,
  );
  if (!replaced) throw new RevocationError('crl_changed');
}

function ask(
  address: string,
  present: ShelvedCrl | undefined,
  { guard, limits, stopped }: CrlRetrievalContext,
): Promise<HttpAnswer> {
  const { etag, lastModified } = present?.info ?? {};
  return fetchOverHttp(
    {
      address,
      headers: {
        accept: 'application/pkix-crl, */*;q=0.5',
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
        ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
      },
      maxBytes: limits.maxCrlBytes,
      connectTimeout: limits.connectTimeout,
      totalTimeout: limits.crlTimeout,
      signal: stopped,
    },
    guard,
  );
}

function isTheSame({ status, body }: HttpAnswer, { info }: ShelvedCrl): boolean {
  return status === 304 || sha256(body) === info.sha256;
}

function signerOf(present: ShelvedCrl | undefined): readonly CrlSigner[] {
  if (present?.info.signer === undefined) return [];
  return [{ subject: present.crl.issuer, publicKey: parsePublicKey(present.info.signer) }];
}

function refuseOlder(
  candidate: { readonly crl: Crl; readonly signer: Uint8Array },
  present: ShelvedCrl | undefined,
  address: string,
): void {
  if (present === undefined) return;
  if (!isOlder(candidate, { crl: present.crl, signer: present.info.signer })) return;
  const message = `${address} gave a CRL of ${formatSecond(candidate.crl.thisUpdate)}, older than the one that is there, of ${formatSecond(present.crl.thisUpdate)} (CRL numbers only grow: RFC 5280 section 5.2.3). It was not taken.`;
  throw new RevocationError('crl_older', { message });
}

/** Hexadecimal SHA-256. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
