/** Word of changes in an operating system's stores. */
import { describeError, type Logger } from '../../core/index.ts';
import type { NativeCertificateStore } from '../../native/index.ts';

/** A renewal is several changes in a row: word is given when they are over. */
const settleMs = 1500;
/** Notifications get lost and not every system has them: word is given by the clock, too. */
const pollMs = 15 * 60_000;

/**
 * Listens on an addon store of its own, whose thread does nothing else: it never waits behind a
 * signature.
 */
export class StoreWatch {
  readonly #changed: () => void;
  readonly #poll: NodeJS.Timeout;
  #store: NativeCertificateStore | undefined;
  #settling: NodeJS.Timeout | undefined;

  /** @param open - opens the addon's store; where it cannot be, the clock alone gives word */
  constructor(
    open: () => NativeCertificateStore,
    uri: string,
    logger: Logger,
    changed: () => void,
  ) {
    this.#changed = changed;
    this.#poll = setInterval(changed, pollMs).unref();
    this.#listen(open).catch((error: unknown) => {
      logger.debug('A certificate store does not tell of changes', {
        store: uri,
        reason: describeError(error),
      });
    });
  }

  /** Gives no more word. */
  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    this.#store?.close();
    this.#store = undefined;
  }

  async #listen(open: () => NativeCertificateStore): Promise<void> {
    this.#store = open();
    await this.#store.watch(() => {
      clearTimeout(this.#settling);
      if (this.#store === undefined) return;
      this.#settling = setTimeout(this.#changed, settleMs).unref();
    });
  }
}
