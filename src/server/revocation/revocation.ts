/** Revocation at the server: where status comes from, kept up to date, bounded in every way. */
import type { Clock, Logger, RandomSource } from '../../core/index.ts';
import {
  defaultRevocationSettings,
  rememberSignatures,
  type Certificate,
  type RevocationInputs,
  type SignatureChecker,
} from '../../pki/index.ts';
import { nodeHash, nodeSignatureChecker } from '../../verifier/index.ts';
import type { LeaseStore, RevocationStore } from '../storage/index.ts';
import { createAddressGuard, type ResolveHost } from './address-guard.ts';
import { describeCrl, type CrlDescription } from './crl-description.ts';
import { createCrlDirectory, noCrlDirectory } from './crl-directory.ts';
import { retrieveCrl } from './crl-retrieval.ts';
import { createCrlShelf, uploadedPrefix } from './crl-shelf.ts';
import { createCrlSource } from './crl-source.ts';
import { RevocationError } from './errors.ts';
import { createFetchLedger } from './fetch-ledger.ts';
import { createFetchTurns } from './fetch-turns.ts';
import { retrieveOcspResponse } from './ocsp-retrieval.ts';
import { createOcspSource } from './ocsp-source.ts';
import type { RevocationOptions } from './options.ts';
import { startRefresher } from './refresher.ts';
import { failuresFor } from './status-failures.ts';
import { uploadCrls } from './uploaded-crls.ts';
import { createVerdictWait } from './verdict-wait.ts';

/** What {@link createRevocation} needs. */
export interface RevocationContext {
  readonly store: RevocationStore;
  readonly leases: LeaseStore;
  readonly options: RevocationOptions;
  /** The certificates of the authorities here. */
  readonly authorities: () => Promise<readonly Certificate[]>;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Resolves host names; the system's resolver unless told. */
  readonly resolve?: ResolveHost | undefined;
}

/** An address or file that gives nothing at the moment. */
export interface RevocationProblem {
  readonly source: string;
  readonly message: string;
}

/** See the head of this file. */
export interface Revocation {
  /** What path validation is given for one verdict; settings are each authority's own. */
  inputs(): Promise<RevocationInputs>;
  /** Checks signatures, and remembers those of CRLs. */
  readonly checker: SignatureChecker;
  list(): Promise<{
    readonly crls: readonly CrlDescription[];
    readonly problems: readonly RevocationProblem[];
  }>;
  /**
   * Keeps the CRLs of a file.
   *
   * @throws RevocationError
   */
  upload(file: Uint8Array): Promise<readonly CrlDescription[]>;
  /**
   * Fetches the CRL of an address now, whether or not it is due or failed lately.
   *
   * @throws RevocationError
   */
  fetch(address: string): Promise<CrlDescription>;
  /**
   * @param source - as {@link list} has it
   * @throws RevocationError `crl_unknown`
   */
  remove(source: string): Promise<void>;
  /**
   * Fetches the CRL of an address again if it is due.
   *
   * @throws RevocationError
   */
  refresh(address: string): Promise<void>;
  /** Starts to refresh in the background. */
  start(): void;
  /** Ends refreshing and all fetches. */
  close(): Promise<void>;
}

/** Makes the service over storage. */
export function createRevocation(context: RevocationContext): Revocation {
  const { store, options, clock, random, logger } = context;
  const { limits } = options;
  const stopping = new AbortController();
  const shelf = createCrlShelf(store, clock);
  const checker = rememberSignatures(nodeSignatureChecker);
  const seed = random.bytes(16);
  const ledger = createFetchLedger({ store, clock, logger, seed });
  const { leases } = context;
  const turns = createFetchTurns({ leases, clock, random, timeout: limits.crlTimeout });
  const guard = createAddressGuard(options.allowedAddresses, context.resolve);
  const directory =
    options.crlDirectory === undefined
      ? noCrlDirectory
      : createCrlDirectory(options.crlDirectory, limits.maxCrlBytes, clock, logger);
  const fetching = { store, shelf, guard, checker, clock, limits, random, hash: nodeHash };
  const retrieval = { ...fetching, stopped: stopping.signal };

  const retrieve = async (address: string, signers: Parameters<typeof retrieveCrl>[1]) =>
    retrieveCrl(address, [...signers, ...(await context.authorities())], retrieval);
  const crls = createCrlSource({
    ...{ store, shelf, directory, ledger, turns, clock, seed, retrieve },
    refreshInterval: options.refreshInterval,
  });
  const responses = createOcspSource({
    ...{ store, ledger, clock },
    ocspInterval: options.ocspInterval,
    retrieve: (address, query, present) => retrieveOcspResponse(address, query, present, retrieval),
  });

  const describeSource = async (source: string): Promise<CrlDescription> => {
    const held = await shelf.get(source);
    if (held === undefined) throw new RevocationError('crl_unknown');
    return describeCrl(source, held.crl, held.info.confirmedAt);
  };

  const refresh = (address: string): Promise<void> => crls.refresh(address);
  let stopRefresher: (() => Promise<void>) | undefined;
  return {
    checker,
    async inputs() {
      const { certificates } = await directory.read();
      const wait = createVerdictWait(options.maxWait);
      return {
        source: {
          crlsFor: (query) => crls.crlsFor(query, wait),
          ocspResponsesFor: (query) => responses.ocspResponsesFor(query, wait),
          refused: (available) => responses.refused(available),
          failuresFor: (query, method) => failuresFor(query, method, ledger),
        },
        settings: defaultRevocationSettings,
        crlIssuers: [...certificates, ...(await context.authorities())],
        hash: nodeHash,
      };
    },
    async list() {
      const infos = await shelf.list();
      const { crls: files, problems } = await directory.read();
      const failed = (await store.listFetchStates()).filter(({ failures }) => failures > 0);
      return {
        crls: [
          ...(await Promise.all(infos.map(({ source }) => describeSource(source)))),
          ...files.map(({ path, crl }) => describeCrl(path, crl, undefined)),
        ],
        problems: [
          ...failed.map(({ address, error }) => ({ source: address, message: error ?? '' })),
          ...problems.map(({ path, message }) => ({ source: path, message })),
        ],
      };
    },
    async upload(file) {
      const authorities = await context.authorities();
      const { maxCrlBytes } = limits;
      const sources = await uploadCrls(file, { shelf, checker, clock, maxCrlBytes, authorities });
      return Promise.all(sources.map(describeSource));
    },
    async fetch(address) {
      const { certificates } = await directory.read();
      await ledger.attempt(address, address, () => retrieve(address, certificates), true);
      return describeSource(address);
    },
    async remove(source) {
      const found = (await shelf.list()).find(
        (info) =>
          info.source === source ||
          (source.length > uploadedPrefix.length && info.source.startsWith(source)),
      );
      if (found === undefined || !(await store.removeCrl(found.source))) {
        throw new RevocationError('crl_unknown');
      }
      shelf.changed();
    },
    refresh,
    start() {
      stopRefresher = startRefresher({ store, shelf, clock, logger, refresh });
    },
    async close() {
      stopping.abort();
      await stopRefresher?.();
      await ledger.settled();
    },
  };
}
