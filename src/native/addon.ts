/** What the native addon offers: the declaration of native/addon.cc. */

/** The addon, loaded. */
export interface NativeAddon {
  /** Opens the operating system's stores on a thread of their own; nothing is read yet. */
  readonly CertificateStore: new () => NativeCertificateStore;
  /**
   * Reads settings that the organisation enforces; native/managed_policy.h says from where.
   *
   * @param domain - `Countersign` on Windows, a reverse-DNS name on macOS
   * @param keys - the settings to look for; others are not read
   * @returns the places that have at least one of them, the strongest first
   */
  readManagedPolicy(domain: string, keys: readonly string[]): Promise<NativePolicySource[]>;
  /**
   * Reads a settings file and says whether it is an administrator's; Windows only.
   *
   * @param path - absolute
   * @param maxBytes - a larger one is refused
   */
  readManagedFile(path: string, maxBytes: number): Promise<NativeManagedFile>;
  /** @returns the process at the other end of a connection, undefined where none is seen to be it */
  findPeerProcess(connection: NativeTcpConnection): Promise<NativePeerProcess | undefined>;
}

/**
 * The operating system's certificate stores. Every promise may be rejected with an Error that
 * `nativeFailure` reads.
 */
export interface NativeCertificateStore {
  /** Looks at every store afresh. */
  list(): Promise<NativeListing>;
  /**
   * Signs without any dialog.
   *
   * @param store - one of the listing's store names
   * @param certificate - DER, as listed
   * @param algorithm - RS256, PS256, ES256, ES384 or ES512
   * @param digest - the message's digest: SHA-256, SHA-384 or SHA-512 by the algorithm's name
   * @returns the signature as JWS wants it (RFC 7518 section 3)
   */
  sign(
    store: string,
    certificate: Uint8Array,
    algorithm: string,
    digest: Uint8Array,
  ): Promise<Uint8Array>;
  /**
   * Tells of changes until the store is closed; may tell more often than there are any. Once a store.
   *
   * @returns false where the system has no such notification
   */
  watch(changed: () => void): Promise<boolean>;
  /** Rejects what is pending, without waiting for a call that is under way. */
  close(): void;
}

/** What a look into the stores found. */
export interface NativeListing {
  readonly stores: readonly NativeStoreStatus[];
  readonly certificates: readonly NativeCertificate[];
}

/** One of the places looked into. */
export interface NativeStoreStatus {
  /** `CurrentUser\MY`, `file keychains` … */
  readonly name: string;
  /** Why it could not be read (to its end). */
  readonly failure?: NativeFailure;
}

/** A certificate in a store; has either `key` or `keyFailure`. */
export interface NativeCertificate {
  readonly store: string;
  readonly label: string;
  readonly der: Uint8Array;
  /** DER of the issuers that the system knows, nearest first. */
  readonly chain: readonly Uint8Array[];
  readonly key?: NativeKey;
  readonly keyFailure?: NativeFailure;
}

/** What the system says about a private key. */
export interface NativeKey {
  readonly provider: string;
  readonly protection: 'hardware' | 'software' | 'unknown';
  readonly exportable: boolean | undefined;
  /** Whether the provider can do RSA PKCS #1 with SHA-256, RSA-PSS with SHA-256 and 32 octets of salt,
   * and ECDSA; what the key's type rules out means nothing. */
  readonly rsaPkcs1: boolean;
  readonly rsaPss: boolean;
  readonly ecdsa: boolean;
}

/** A failure of an operating system call; see native/os_failure.h. */
export interface NativeFailure {
  /** `win32`, `hresult`, `osstatus`, `posix`, `countersign`, or a CFError domain. */
  readonly facility: string;
  readonly code: number;
  /** The call that failed. */
  readonly api: string;
  /** The system's sentence; may be empty. */
  readonly message: string;
}

/** Codes of the facility `countersign`: the addon's own. */
export const addonFailures = {
  unexpected: 1,
  invalidArgument: 2,
  notFound: 3,
  unsupported: 4,
  closed: 5,
  badSignature: 6,
  tooLarge: 7,
} as const;

/** A value of a setting. */
export type NativePolicyValue =
  | boolean
  | number
  | string
  | readonly NativePolicyValue[]
  | { readonly [key: string]: NativePolicyValue };

/** Settings from one place. */
export interface NativePolicySource {
  /** For people: `HKEY_LOCAL_MACHINE\Software\Policies\Countersign`. */
  readonly name: string;
  readonly values: Readonly<Record<string, NativePolicyValue>>;
}

/** A settings file. */
export interface NativeManagedFile {
  readonly content: Uint8Array;
  /**
   * Who else than the system, administrators and this process's user owns the file or may write to it, as
   * a SID; absent where there is nobody.
   */
  readonly distrust?: { readonly reason: 'owner' | 'writer'; readonly sid: string };
}

/** A TCP connection as the peer's socket sees it; addresses are 4 or 16 octets in network order. */
export interface NativeTcpConnection {
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
}

/** The process at the other end of a connection. */
export interface NativePeerProcess {
  readonly pid: number;
  /** SID or numeric user id; empty where the system does not let us see it. */
  readonly user: string;
  /** True only where the user is known and is our own. */
  readonly sameUser: boolean;
}

/** @returns what the addon says in an Error it rejected or threw with; undefined for other errors */
export function nativeFailure(error: unknown): NativeFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const { facility, code, api } = error as Partial<Record<keyof NativeFailure, unknown>>;
  if (typeof facility !== 'string' || typeof code !== 'number' || typeof api !== 'string') {
    return undefined;
  }
  return { facility, code, api, message: error.message };
}
