/** What an application speaks. */
export type ApplicationKind = 'api' | 'oidc' | 'okta' | 'entra';

/** A registered application or identity provider. */
export interface StoredApplication {
  /** Its `client_id`. */
  readonly id: string;
  readonly name: string;
  readonly kind: ApplicationKind;
  /** Id of its authentication policy; undefined: the default one. */
  readonly policy?: string | undefined;
  /** Web origins whose pages may start transactions for it. */
  readonly origins: readonly string[];
  readonly redirectUris: readonly string[];
  /** Base64url SHA-256 of the client secret (256 random bits); undefined for a public client. */
  readonly secretHash?: string | undefined;
  /** JSON object of what its kind needs besides. */
  readonly settings: string;
  readonly disabled: boolean;
  readonly createdAt: Date;
  /** Goes up by one with each change. */
  readonly version: number;
}

/** Registered applications. */
export interface ApplicationStore {
  /** By name. */
  list(): Promise<readonly StoredApplication[]>;
  find(id: string): Promise<StoredApplication | undefined>;
  /** @returns false where one of this id or name is there already */
  add(application: StoredApplication): Promise<boolean>;
  /** As {@link PolicyStore.replace}. */
  replace(application: StoredApplication): Promise<boolean>;
  /** @returns false where there is none of this id */
  remove(id: string): Promise<boolean>;
}
