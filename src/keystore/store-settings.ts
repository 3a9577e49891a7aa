import type { Clock, Logger } from '../core/index.ts';

/** Everything a store needs to know; plain values, composed by whoever opens it. */
export interface StoreSettings {
  /**
   * `pkcs11:…` (RFC 7512) or the absolute path of a PKCS#11 module; `p11-kit:…` for all modules that
   * are registered; `file:///…` or the absolute path of a directory; `windows:` and `macos:` for the
   * system's own stores.
   */
  readonly uri: string;
  /**
   * Absolute path of the file with the token's PIN, or with the password of encrypted key files. It
   * must be owned by this user and readable by nobody else.
   */
  readonly pinFile?: string | undefined;
  /** Time-outs that differ from {@link defaultStoreTimeouts}. */
  readonly timeouts?: Partial<StoreTimeouts> | undefined;
  /** Where the store logs to; nowhere unless told. */
  readonly logger?: Logger | undefined;
  /** Says when a module is due to be initialised anew; the system's clock unless told. */
  readonly clock?: Clock | undefined;
}

/** How long a store in a process of its own may take, in milliseconds, before it is replaced. */
export interface StoreTimeouts {
  /** To start the process, load the module and initialise it. */
  readonly openMs: number;
  /** To look through all tokens, and to log in to one. */
  readonly listMs: number;
  /** To make one signature; it includes the touch of a security key that wants one. */
  readonly signMs: number;
}

/** The time-outs that apply unless the settings say otherwise. */
export const defaultStoreTimeouts: StoreTimeouts = {
  openMs: 20_000,
  listMs: 30_000,
  signMs: 30_000,
};
