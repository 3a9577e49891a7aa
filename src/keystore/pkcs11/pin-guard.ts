/** Gives out PINs, one at a time per token, and never one that the token has rejected. */
import { KeystoreError } from '../errors.ts';
import { readSecretFile, type Secret } from '../secret-file.ts';
import type { TokenName } from './protocol.ts';

/**
 * A token locks after a few wrong PINs, so each must count. A PIN is held to be wrong from before it
 * is tried until the token has taken it: where the module dies over it, nobody knows whether the try
 * was counted.
 */
export class PinGuard {
  readonly #pinFile: string | undefined;
  readonly #read: (file: string) => Promise<Secret>;
  /** By token: fingerprint of the PIN that was rejected. */
  readonly #rejected = new Map<string, string>();
  /** By token: the end of the last use, whatever came of it. */
  readonly #turns = new Map<string, Promise<unknown>>();

  /** @param pinFile - absolute path; undefined where none is configured */
  constructor(pinFile: string | undefined, read = readSecretFile) {
    this.#pinFile = pinFile;
    this.#read = read;
  }

  /**
   * Tries something that shows the token the PIN.
   *
   * @param use - fails with `pin_rejected` or `pin_locked` where the token refused the PIN
   * @throws KeystoreError `pin_required`, `pin_file_invalid`, `pin_rejected`, and what `use` throws
   */
  async withPin<T>(token: TokenName, use: (pin: string) => Promise<T>): Promise<T> {
    const key = tokenText(token);
    // One after another: ten requests with one wrong PIN must cost one try, not ten.
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(() => this.#tryPin(key, use));
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async #tryPin<T>(token: string, use: (pin: string) => Promise<T>): Promise<T> {
    if (this.#pinFile === undefined) throw new KeystoreError('pin_required');
    const { text, fingerprint } = await this.#read(this.#pinFile);
    if (this.#rejected.get(token) === fingerprint) throw new KeystoreError('pin_rejected');
    this.#rejected.set(token, fingerprint);
    try {
      const result = await use(text);
      this.#rejected.delete(token);
      return result;
    } catch (error) {
      if (!mayHaveCost(error)) this.#rejected.delete(token);
      throw error;
    }
  }
}

/** Whether the token may have counted a failed try. */
function mayHaveCost(error: unknown): boolean {
  if (!(error instanceof KeystoreError)) return true;
  return ['pin_rejected', 'store_crashed', 'store_timeout', 'store_closed'].includes(error.code);
}

function tokenText({ label, manufacturer, model, serial }: TokenName): string {
  return [label, manufacturer, model, serial].join('\0');
}
