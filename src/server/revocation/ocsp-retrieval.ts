/** Fetching one OCSP response (RFC 6960, over HTTP POST as in its appendix A). */
import { createHash } from 'node:crypto';
import { bytesEqual, type Clock, type RandomSource } from '../../core/index.ts';
import {
  encodeOcspRequest,
  parseOcspResponse,
  PkiError,
  type HashFunction,
  type OcspResponse,
  type RevocationQuery,
} from '../../pki/index.ts';
import type { RevocationStore, StoredOcspResponse } from '../storage/index.ts';
import type { AddressGuard } from './address-guard.ts';
import { RevocationError } from './errors.ts';
import { fetchOverHttp } from './http-fetch.ts';
import type { FetchLimits } from './options.ts';

/** What {@link retrieveOcspResponse} needs. */
export interface OcspRetrievalContext {
  readonly store: RevocationStore;
  readonly guard: AddressGuard;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly hash: HashFunction;
  readonly limits: FetchLimits;
  /** Ends every fetch. */
  readonly stopped: AbortSignal;
}

/** RFC 9654 section 2.1. */
const nonceBytes = 32;
const noNonce = new Uint8Array();

/** @returns what a certificate's responses from a responder are kept under */
export function ocspKey(address: string, { certificate, issuerKey }: RevocationQuery): string {
  const hash = createHash('sha256')
    .update(issuerKey.der)
    .update(certificate.issuer.der)
    .update(certificate.serialNumber)
    .digest('hex');
  return `${address}#${hash}`;
}

/**
 * Asks a responder about a certificate and keeps what it answers, unless that is older than what is
 * there. Whether the answer proves anything is found out at its use.
 *
 * The request names the issuer by SHA-1 hashes, which every responder knows: they only find the
 * certificate, and path validation compares name, key and serial number itself. It carries a nonce; a
 * responder that refuses that is asked once more without.
 *
 * @param present - the response that is there
 * @throws RevocationError
 */
export async function retrieveOcspResponse(
  address: string,
  query: RevocationQuery,
  present: StoredOcspResponse | undefined,
  context: OcspRetrievalContext,
): Promise<void> {
  let nonce = context.random.bytes(nonceBytes);
  let response = await ask(address, query, nonce, context);
  if (response.responseStatus === 'malformedRequest') {
    nonce = noNonce;
    response = await ask(address, query, nonce, context);
  }
  if (response.basic === undefined) {
    const message = `The OCSP responder ${address} answered ${response.responseStatus}.`;
    throw new RevocationError('ocsp_unsuccessful', { message });
  }
  if (present !== undefined) refuseOlder(response, present, query);
  await context.store.putOcspResponse({
    key: ocspKey(address, query),
    der: response.der,
    nonce,
    fetchedAt: context.clock.now(),
  });
}

async function ask(
  address: string,
  query: RevocationQuery,
  nonce: Uint8Array,
  { guard, hash, limits, stopped }: OcspRetrievalContext,
): Promise<OcspResponse> {
  const body = await encodeOcspRequest({
    query,
    certIdHash: 'SHA-1',
    hash,
    nonce: nonce.length === 0 ? undefined : nonce,
  });
  const answer = await fetchOverHttp(
    {
      address,
      body,
      headers: {
        'content-type': 'application/ocsp-request',
        accept: 'application/ocsp-response',
      },
      maxBytes: limits.maxOcspBytes,
      connectTimeout: limits.connectTimeout,
      totalTimeout: limits.ocspTimeout,
      signal: stopped,
    },
    guard,
  );
  try {
    return parseOcspResponse(answer.body, limits.maxOcspBytes);
  } catch (cause) {
    if (!(cause instanceof PkiError)) throw cause;
    const message = `The answer of ${address} is no OCSP response: ${cause.message}`;
    throw new RevocationError('ocsp_unreadable', { message, cause });
  }
}

function refuseOlder(
  response: OcspResponse,
  present: StoredOcspResponse,
  query: RevocationQuery,
): void {
  const now = thisUpdateOf(response, query);
  const before = thisUpdateOf(parseOcspResponse(present.der), query);
  if (now === undefined || before === undefined || now >= before) return;
  throw new RevocationError('ocsp_older');
}

/** When the status of the certificate was known to be right, as a response says. */
export function thisUpdateOf(
  { basic }: OcspResponse,
  { certificate }: RevocationQuery,
): Date | undefined {
  return basic?.responses.find(({ certId }) =>
    bytesEqual(certId.serialNumber, certificate.serialNumber),
  )?.thisUpdate;
}
