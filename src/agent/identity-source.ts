/** The device's certificate stores, swept together; opened with the first sweep and not before. */
import { describeError, type Clock, type Logger } from '../core/index.ts';
import {
  KeystoreError,
  type CertificateStore,
  type StoredCertificate,
  type StoreProblem,
} from '../keystore/index.ts';
import type { StoreEntry } from './config/settings.ts';

/** Opens a store. @throws KeystoreError */
export type OpenStore = (entry: StoreEntry) => CertificateStore;

/** What all stores together hold. */
export interface Sweep {
  readonly certificates: readonly StoredCertificate[];
  /** Stores, tokens and items that could not be read. */
  readonly problems: readonly StoreProblem[];
}

/** What was seen of a store at its last sweep. */
export interface StoreHealth {
  readonly uri: string;
  readonly state: 'not opened' | 'read' | 'failed';
  readonly certificates: number;
  readonly problems: readonly StoreProblem[];
}

/** Milliseconds for which a sweep is as good as a new one: the burst of requests that one sign-in makes. */
const recentFor = 10_000;

/** Sweeps stores. One that fails never hides what the others hold. */
export class IdentitySource {
  readonly #entries: readonly StoreEntry[];
  readonly #open: OpenStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stores = new Map<StoreEntry, CertificateStore>();
  readonly #health = new Map<StoreEntry, StoreHealth>();
  #pending: Promise<Sweep> | undefined;
  /** The sweep that starts when the pending one has ended. */
  #next: Promise<Sweep> | undefined;
  #lastSeen: Sweep | undefined;
  #last: { readonly sweep: Sweep; readonly at: number } | undefined;

  constructor(options: {
    readonly stores: readonly StoreEntry[];
    readonly open: OpenStore;
    readonly clock: Clock;
    readonly logger: Logger;
  }) {
    this.#entries = options.stores;
    this.#open = options.open;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /**
   * Looks at every store afresh, from now on: a sweep that is under way may already have passed by what
   * has changed since, so those who come meanwhile share the one after it.
   */
  sweep(): Promise<Sweep> {
    if (this.#pending === undefined) return this.#start();
    this.#next ??= this.#pending
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.#start();
      });
    return this.#next;
  }

  /**
   * The last sweep where it is a few seconds old at most, or the one that is under way, so that requests
   * in a burst do not wait for the stores each; a new one otherwise. Whoever finds nothing in one that
   * is not new must look afresh.
   */
  async recent(): Promise<{ readonly sweep: Sweep; readonly isNew: boolean }> {
    const age = this.#clock.now().getTime() - (this.#last?.at ?? -Infinity);
    if (this.#last !== undefined && age >= 0 && age < recentFor) {
      return { sweep: this.#last.sweep, isNew: false };
    }
    if (this.#pending !== undefined) return { sweep: await this.#pending, isNew: false };
    return { sweep: await this.#start(), isNew: true };
  }

  /** What was seen before whatever is being looked at now; undefined at the first sweep. */
  get lastSeen(): Sweep | undefined {
    return this.#lastSeen;
  }

  /** What the last sweep saw of each store; opens nothing. */
  health(): readonly StoreHealth[] {
    return this.#entries.map(
      (entry) =>
        this.#health.get(entry) ?? {
          uri: withoutPin(entry.uri),
          state: 'not opened',
          certificates: 0,
          problems: [],
        },
    );
  }

  /** Closes what was opened. */
  async close(): Promise<void> {
    const stores = [...this.#stores.values()];
    this.#stores.clear();
    this.#last = undefined;
    await Promise.all(stores.map((store) => store.close()));
  }

  #start(): Promise<Sweep> {
    this.#pending = this.#sweepAll().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #sweepAll(): Promise<Sweep> {
    const at = this.#clock.now().getTime();
    const sweeps = await Promise.all(this.#entries.map((entry) => this.#sweepOne(entry)));
    const sweep = {
      certificates: sweeps.flatMap(({ certificates }) => certificates),
      problems: sweeps.flatMap(({ problems }) => problems),
    };
    this.#last = { sweep, at };
    this.#lastSeen = sweep;
    return sweep;
  }

  async #sweepOne(entry: StoreEntry): Promise<Sweep> {
    try {
      const listing = await this.#storeOf(entry).list();
      this.#note(entry, 'read', listing.certificates.length, listing.problems);
      return listing;
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      const location = withoutPin(entry.uri);
      const problem = { location, code: error.code, message: error.message };
      this.#note(entry, 'failed', 0, [problem]);
      this.#logger.warn('A certificate store cannot be read', {
        store: location,
        reason: describeError(error),
      });
      return { certificates: [], problems: [problem] };
    }
  }

  #storeOf(entry: StoreEntry): CertificateStore {
    const known = this.#stores.get(entry);
    if (known !== undefined) return known;
    const store = this.#open(entry);
    this.#stores.set(entry, store);
    store.watch?.(() => {
      this.#logger.debug('A certificate store has changed', { store: entry.uri });
      this.#last = undefined;
    });
    return store;
  }

  #note(
    entry: StoreEntry,
    state: StoreHealth['state'],
    certificates: number,
    problems: readonly StoreProblem[],
  ): void {
    this.#health.set(entry, { uri: withoutPin(entry.uri), state, certificates, problems });
  }
}

/** A URI with a PIN in it is refused by the store; until then it must not get into a log either. */
function withoutPin(uri: string): string {
  return uri.replace(/([?&;]pin-value=)[^&;]*/gi, '$1***');
}
