/** An administrator changes things; an auditor only reads. */
export type AdministratorRole = 'admin' | 'auditor';

/** A passkey (WebAuthn credential) of an administrator. */
export interface StoredPasskey {
  /** base64url. */
  readonly id: string;
  /** What its owner calls it. */
  readonly name: string;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  /** Signature counter. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly createdAt: Date;
  readonly lastUsedAt?: Date | undefined;
}

/** Somebody who may sign in to the console. */
export interface Administrator {
  readonly id: string;
  /** Unique without regard to case. */
  readonly name: string;
  readonly role: AdministratorRole;
  /** Encoded scrypt hash with its parameters; undefined where there is no password. */
  readonly passwordHash?: string | undefined;
  readonly passkeys: readonly StoredPasskey[];
  /** `iss` and `sub` at the administrators' own OpenID provider. */
  readonly federation?: { readonly issuer: string; readonly subject: string } | undefined;
  readonly disabled: boolean;
  /** Failed sign-ins in a row. */
  readonly failures: number;
  readonly lockedUntil?: Date | undefined;
  readonly createdAt: Date;
  /** Goes up by one with each change. */
  readonly version: number;
}

/** People who may sign in to the console. */
export interface AdministratorStore {
  /** By name. */
  list(): Promise<readonly Administrator[]>;
  find(id: string): Promise<Administrator | undefined>;
  findByName(name: string): Promise<Administrator | undefined>;
  findByFederation(issuer: string, subject: string): Promise<Administrator | undefined>;
  /** @returns the owner of a passkey */
  findByPasskey(id: string): Promise<Administrator | undefined>;
  /** Adds the first administrator, atomically. @returns false where there is one already */
  addFirst(administrator: Administrator): Promise<boolean>;
  /** @returns false where one of this id or name is there already */
  add(administrator: Administrator): Promise<boolean>;
  /** As {@link PolicyStore.replace}; where the role or `disabled` changes, at least one enabled
   *  administrator of role `admin` must stay, else false. */
  replace(administrator: Administrator): Promise<boolean>;
  /** @returns false where there is none, or it is the last enabled one of role `admin` */
  remove(id: string): Promise<boolean>;
  /**
   * Counts a failed sign-in.
   *
   * @param lockedUntil - a lock that ends later stays; undefined: so does one that is there
   * @returns the failures in a row so far
   */
  noteFailure(id: string, lockedUntil: Date | undefined): Promise<number>;
}

/** A signed-in administrator's session. */
export interface AdministratorSession {
  /** SHA-256 of the cookie's value, in base64url. */
  readonly id: string;
  /** Id of the administrator. */
  readonly administrator: string;
  /** Token that every form of the session carries; base64url. */
  readonly csrfToken: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** Its end, whatever happens. */
  readonly expiresAt: Date;
}

/** Sessions of administrators. */
export interface AdministratorSessionStore {
  add(session: AdministratorSession): Promise<void>;
  find(id: string): Promise<AdministratorSession | undefined>;
  touch(id: string, lastSeenAt: Date): Promise<void>;
  remove(id: string): Promise<void>;
  /** Ends every session of an administrator, but the one named. */
  removeAll(administrator: string, except?: string): Promise<void>;
  sweep(before: Date, limit: number): Promise<number>;
}

/** A token that programs use the admin API with. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  /** Base64url SHA-256 of the token. */
  readonly hash: string;
  readonly role: AdministratorRole;
  /** Who made it, in words. */
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date | undefined;
  /** To the hour. */
  readonly lastUsedAt?: Date | undefined;
}

/** Tokens of the admin API. */
export interface ApiTokenStore {
  list(): Promise<readonly ApiToken[]>;
  findByHash(hash: string): Promise<ApiToken | undefined>;
  /** @returns false where one of this name is there already */
  add(token: ApiToken): Promise<boolean>;
  touch(id: string, lastUsedAt: Date): Promise<void>;
  /** @returns the removed one */
  remove(id: string): Promise<ApiToken | undefined>;
}
