/** Calls into the addon's store, with an end: a provider that hangs costs its callers a time-out. */
import { describeError, type Logger } from '../../core/index.ts';
import {
  nativeFailure,
  type NativeCertificateStore,
  type NativeFailure,
} from '../../native/index.ts';
import { KeystoreError, type KeystoreErrorCode } from '../errors.ts';
import { keystoreErrorOf } from '../os-status/os-status.ts';

/** Says what a failure means where the general map says less. */
export type Explain = (failure: NativeFailure) => KeystoreError | undefined;

/** Calls that wait for one store at most; a caller beyond them is better told at once. */
const maxPending = 64;

/** What {@link NativeCalls} needs. */
export interface NativeCallsOptions {
  /** Opens the addon's store. @throws KeystoreError */
  readonly open: () => NativeCertificateStore;
  /** The store's URI, for the log. */
  readonly uri: string;
  readonly logger: Logger;
}

/**
 * The addon works through a store's calls on one thread. Where a call does not come back in time, its
 * thread is left to itself and the next call opens the store anew on a fresh one.
 */
export class NativeCalls {
  readonly #options: NativeCallsOptions;
  #store: NativeCertificateStore | undefined;
  #pending = 0;
  #closed = false;

  constructor(options: NativeCallsOptions) {
    this.#options = options;
  }

  /**
   * @param timeoutMs - how long the call may take, with those it waits for
   * @param otherwise - the code for a failure that the map does not know
   * @param explain - asked before the map
   * @throws KeystoreError
   */
  async call<T>(
    ask: (store: NativeCertificateStore) => Promise<T>,
    timeoutMs: number,
    otherwise: KeystoreErrorCode,
    explain?: Explain,
  ): Promise<T> {
    if (this.#closed) throw new KeystoreError('store_closed');
    if (this.#pending >= maxPending) throw new KeystoreError('store_busy');
    this.#store ??= this.#options.open();
    const store = this.#store;
    this.#pending++;
    const timer = setTimeout(() => {
      this.#abandon(store, timeoutMs);
    }, timeoutMs);
    try {
      return await ask(store);
    } catch (error) {
      throw this.#typed(error, store, otherwise, explain);
    } finally {
      clearTimeout(timer);
      this.#pending--;
    }
  }

  /** Refuses what is pending and all that comes. */
  close(): void {
    this.#closed = true;
    this.#store?.close();
    this.#store = undefined;
  }

  #abandon(store: NativeCertificateStore, timeoutMs: number): void {
    if (this.#store !== store) return;
    this.#options.logger.warn('A certificate store of the system does not answer', {
      store: this.#options.uri,
      timeoutMs,
    });
    this.#store = undefined;
    // Rejects every call that waits for the thread that hangs.
    store.close();
  }

  #typed(
    error: unknown,
    store: NativeCertificateStore,
    otherwise: KeystoreErrorCode,
    explain: Explain | undefined,
  ): Error {
    const failure = nativeFailure(error);
    if (failure === undefined) {
      return new KeystoreError(otherwise, { message: describeError(error), cause: error });
    }
    const typed = explain?.(failure) ?? keystoreErrorOf(failure, otherwise);
    if (typed.code !== 'store_closed' || this.#closed || this.#store === store) return typed;
    return new KeystoreError('store_timeout', {
      message: 'The operating system’s certificate store did not answer in time.',
    });
  }
}
