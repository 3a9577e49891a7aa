/** The CRLs for a certificate: fetched where it says, uploaded, or from the directory. */
import { basename } from 'node:path';
import { namesEqual, type AvailableCrl, type Crl, type RevocationQuery } from '../../pki/index.ts';
import type { Clock } from '../../core/index.ts';
import type { RevocationStore } from '../storage/index.ts';
import type { CrlDirectory } from './crl-directory.ts';
import { uploadedPrefix, type CrlShelf, type ShelvedCrl } from './crl-shelf.ts';
import type { CrlSigner } from './crl-signer.ts';
import type { FetchLedger } from './fetch-ledger.ts';
import type { FetchTurns } from './fetch-turns.ts';
import { jitterOf, refreshDue } from './schedule.ts';
import type { VerdictWait } from './verdict-wait.ts';
import { crlAddresses, deltaCrlAddresses } from './status-addresses.ts';

/** What {@link createCrlSource} needs. */
export interface CrlSourceContext {
  readonly store: RevocationStore;
  readonly shelf: CrlShelf;
  readonly directory: CrlDirectory;
  readonly ledger: FetchLedger;
  readonly turns: FetchTurns;
  readonly clock: Clock;
  readonly seed: Uint8Array;
  /** In milliseconds. */
  readonly refreshInterval: number;
  /** Fetches the CRL of an address. */
  readonly retrieve: (address: string, signers: readonly CrlSigner[]) => Promise<void>;
}

/** See the head of this file. */
export interface CrlSource {
  /** All that is at hand; path validation takes the newest first. */
  crlsFor(query: RevocationQuery, wait: VerdictWait): Promise<readonly AvailableCrl[]>;
  /** Fetches again what is due. */
  refresh(address: string): Promise<void>;
}

const day = 86_400_000;

/** Makes the source. */
export function createCrlSource(context: CrlSourceContext): CrlSource {
  const { shelf, store, ledger, clock, seed, refreshInterval, retrieve } = context;

  const isDue = ({ info, crl }: ShelvedCrl): boolean => {
    const { confirmedAt } = info;
    const { thisUpdate, nextUpdate } = crl;
    const jitter = jitterOf(seed, info.source, confirmedAt);
    const due = refreshDue({ confirmedAt, thisUpdate, nextUpdate }, refreshInterval, jitter);
    return clock.now().getTime() >= due;
  };

  const fetch = (address: string, signers: readonly CrlSigner[]): Promise<void> =>
    ledger.attempt(address, address, () =>
      context.turns.take(address, async () => {
        shelf.changed();
        const held = await shelf.get(address);
        // Another process has fetched it meanwhile.
        if (held !== undefined && !isDue(held)) return;
        await retrieve(address, signers);
      }),
    );

  /** Fetches what is missing or due; waits only where what is there does not do. */
  const provide = async (
    address: string,
    signers: readonly CrlSigner[],
    wait: VerdictWait,
  ): Promise<ShelvedCrl | undefined> => {
    const held = await shelf.get(address);
    if (held !== undefined && !isDue(held)) return held;
    const fetching = fetch(address, signers);
    // A failure is in the ledger, from where it is told.
    const settled = fetching.catch(() => undefined);
    if (held !== undefined && isCurrent(held.crl, clock)) return held;
    await wait(settled);
    return shelf.get(address);
  };

  /** The first address of a place that has a current CRL; else the last that has one at all. */
  const provideOneOf = async (
    addresses: readonly string[],
    signers: readonly CrlSigner[],
    wait: VerdictWait,
  ): Promise<readonly ShelvedCrl[]> => {
    let last: ShelvedCrl | undefined;
    for (const address of addresses) {
      last = (await provide(address, signers, wait)) ?? last;
      if (last !== undefined && isCurrent(last.crl, clock)) break;
    }
    return last === undefined ? [] : [last];
  };

  const fetched = async (
    query: RevocationQuery,
    wait: VerdictWait,
  ): Promise<readonly ShelvedCrl[]> => {
    const { certificate, issuerName, issuerKey } = query;
    const signers = [
      { subject: issuerName, publicKey: issuerKey },
      ...(await otherSigners(context)),
    ];
    const provideAll = async (places: readonly (readonly string[])[]) =>
      (await Promise.all(places.map((place) => provideOneOf(place, signers, wait)))).flat();
    const complete = await provideAll(crlAddresses(certificate).places);
    const deltaPoints = [
      ...(certificate.freshestCrl ?? []),
      ...complete.flatMap(({ crl }) => crl.freshestCrl ?? []),
    ];
    const deltas = await provideAll(deltaCrlAddresses(deltaPoints).places);
    return [...complete, ...deltas];
  };

  const touch = async ({ source, usedAt }: ShelvedCrl['info']): Promise<void> => {
    const now = clock.now();
    if (now.getTime() - usedAt.getTime() < day) return;
    await store.touchCrl(source, now);
    shelf.changed();
  };

  return {
    async crlsFor(query, wait) {
      const fromNetwork = await fetched(query, wait);
      await Promise.all(fromNetwork.map(({ info }) => touch(info)));
      return [
        ...fromNetwork.map(({ info, crl }) => ({ crl, origin: info.source })),
        ...(await uploadedFor(query, context)),
        ...(await writtenFor(query, context)),
      ];
    },
    async refresh(address) {
      const held = await shelf.get(address);
      if (held === undefined || !isDue(held)) return;
      const signers = await otherSigners(context);
      await fetch(address, signers);
    },
  };
}

function isCurrent({ nextUpdate }: Crl, clock: Clock): boolean {
  return nextUpdate !== undefined && nextUpdate > clock.now();
}

/** Certificates of the directory: a CRL issuer of its own has one there. */
async function otherSigners({ directory }: CrlSourceContext): Promise<readonly CrlSigner[]> {
  return (await directory.read()).certificates;
}

/** True for CRLs that may concern a certificate: by its issuer, or by a CRL issuer that it names. */
function mayConcern(crl: Crl, { certificate, issuerName }: RevocationQuery): boolean {
  if (namesEqual(crl.issuer, issuerName)) return true;
  const crlIssuers = (certificate.crlDistributionPoints ?? []).flatMap(
    ({ crlIssuer }) => crlIssuer ?? [],
  );
  return crlIssuers.some(
    (name) => name.form === 'directoryName' && namesEqual(name.value, crl.issuer),
  );
}

async function uploadedFor(
  query: RevocationQuery,
  { shelf }: CrlSourceContext,
): Promise<readonly AvailableCrl[]> {
  const sources = (await shelf.list()).filter(({ source }) => source.startsWith(uploadedPrefix));
  const uploaded = await Promise.all(sources.map(({ source }) => shelf.get(source)));
  return uploaded
    .filter((held) => held !== undefined)
    .filter(({ crl }) => mayConcern(crl, query))
    .map(({ info, crl }) => ({ crl, origin: info.source.slice(0, uploadedPrefix.length + 16) }));
}

async function writtenFor(
  query: RevocationQuery,
  { directory }: CrlSourceContext,
): Promise<readonly AvailableCrl[]> {
  return (await directory.read()).crls
    .filter(({ crl }) => mayConcern(crl, query))
    .map(({ path, crl }) => ({ crl, origin: `directory:${basename(path)}` }));
}
