/** The OCSP responses for a certificate: from the responders that it names, kept for a while. */
import type { Clock } from '../../core/index.ts';
import {
  parseOcspResponse,
  type AvailableOcspResponse,
  type RevocationQuery,
} from '../../pki/index.ts';
import type { RevocationStore, StoredOcspResponse } from '../storage/index.ts';
import type { FetchLedger } from './fetch-ledger.ts';
import { ocspKey } from './ocsp-retrieval.ts';
import type { VerdictWait } from './verdict-wait.ts';
import { ocspAddresses } from './status-addresses.ts';

/** What {@link createOcspSource} needs. */
export interface OcspSourceContext {
  readonly store: RevocationStore;
  readonly ledger: FetchLedger;
  readonly clock: Clock;
  /** How long a response is used without asking again, in milliseconds. */
  readonly ocspInterval: number;
  /** Fetches a response. */
  readonly retrieve: (
    address: string,
    query: RevocationQuery,
    present: StoredOcspResponse | undefined,
  ) => Promise<void>;
}

/** See the head of this file. */
export interface OcspSource {
  ocspResponsesFor(
    query: RevocationQuery,
    wait: VerdictWait,
  ): Promise<readonly AvailableOcspResponse[]>;
  /** Puts what was there before back in place of a new response that proved nothing. */
  refused(available: AvailableOcspResponse): Promise<void>;
}

/** A response whose worth is not known yet. */
interface Fetched {
  readonly stored: StoredOcspResponse;
  readonly previous: StoredOcspResponse | undefined;
}

/** Makes the source. */
export function createOcspSource(context: OcspSourceContext): OcspSource {
  const { store, ledger, clock, ocspInterval, retrieve } = context;
  const fetched = new WeakMap<AvailableOcspResponse, Fetched>();

  const handOut = (address: string, { der, nonce }: StoredOcspResponse): AvailableOcspResponse => ({
    response: parseOcspResponse(der),
    origin: address,
    nonce: nonce.length === 0 ? undefined : nonce,
  });

  const askOne = async (
    address: string,
    query: RevocationQuery,
    wait: VerdictWait,
  ): Promise<readonly AvailableOcspResponse[]> => {
    const key = ocspKey(address, query);
    const kept = await store.findOcspResponse(key);
    if (kept !== undefined && isFresh(kept, clock, ocspInterval)) return [handOut(address, kept)];
    const fetching = ledger.attempt(key, address, () => retrieve(address, query, kept));
    // A failure is in the ledger, from where it is told.
    await wait(fetching);
    const latest = await store.findOcspResponse(key);
    if (latest === undefined) return [];
    const available = handOut(address, latest);
    if (latest.fetchedAt.getTime() === kept?.fetchedAt.getTime()) return [available];
    // What was proven before speaks where the new one proves nothing.
    fetched.set(available, { stored: latest, previous: kept });
    return kept === undefined ? [available] : [available, handOut(address, kept)];
  };

  return {
    async ocspResponsesFor(query, wait) {
      for (const address of ocspAddresses(query.certificate).places.flat()) {
        const responses = await askOne(address, query, wait);
        if (responses.length > 0) return responses;
      }
      return [];
    },
    async refused(available) {
      const entry = fetched.get(available);
      if (entry === undefined) return;
      const { stored, previous } = entry;
      const current = await store.findOcspResponse(stored.key);
      if (current?.fetchedAt.getTime() !== stored.fetchedAt.getTime()) return;
      if (previous === undefined) await store.removeOcspResponse(stored.key);
      else await store.putOcspResponse(previous);
      await ledger.noteFailure(stored.key, 'The OCSP response proved nothing.');
    },
  };
}

function isFresh({ der, fetchedAt }: StoredOcspResponse, clock: Clock, interval: number): boolean {
  const now = clock.now();
  if (Math.abs(now.getTime() - fetchedAt.getTime()) > interval) return false;
  const { basic } = parseOcspResponse(der);
  return (basic?.responses ?? []).every(
    ({ nextUpdate }) => nextUpdate === undefined || nextUpdate > now,
  );
}
