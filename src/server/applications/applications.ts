/** Registered applications and identity providers (docs/applications.md): interfaces. */
import type { JsonObject, JsonValue } from '../../core/index.ts';
import type { ApplicationKind } from '../storage/index.ts';

/** An application as people and programs see it: never its secret. */
export interface Application {
  /** Its `client_id`. */
  readonly id: string;
  readonly name: string;
  readonly kind: ApplicationKind;
  /** Id of its authentication policy. */
  readonly policy: string;
  /** Web origins whose pages run its sign-ins. */
  readonly origins: readonly string[];
  /** OpenID Connect redirect URIs. */
  readonly redirectUris: readonly string[];
  /** False for a public client. */
  readonly hasSecret: boolean;
  /** What its kind needs besides; the part that speaks for the kind gives it its meaning. */
  readonly settings: JsonObject;
  readonly disabled: boolean;
  readonly createdAt: Date;
  /** Goes up by one with each change. */
  readonly version: number;
}

/** What an administrator gives; read strictly. What is left out stays as it is, or as by default. */
export interface ApplicationInput {
  readonly name?: JsonValue | undefined;
  /** Cannot be changed later. */
  readonly kind?: JsonValue | undefined;
  readonly policy?: JsonValue | undefined;
  readonly origins?: JsonValue | undefined;
  readonly redirectUris?: JsonValue | undefined;
  readonly settings?: JsonValue | undefined;
  readonly disabled?: JsonValue | undefined;
  /** True for a client without a secret (kinds `oidc` and `entra`). Cannot be changed later. */
  readonly public?: JsonValue | undefined;
}

/** An application with its secret, which is shown this once. */
export interface IssuedSecret {
  readonly application: Application;
  /** Base64url of 256 random bits; undefined for a public client. */
  readonly secret: string | undefined;
}

/** The registered applications of a server. */
export interface Applications {
  /** By name. */
  list(): Promise<readonly Application[]>;
  /** @throws ApplicationError `application_unknown` */
  find(id: string): Promise<Application>;
  /**
   * @returns the application as it is in force: at most a second behind a change by another process;
   *   undefined where there is none of this id, or it is disabled
   */
  active(id: string): Promise<Application | undefined>;
  /** Whether pages of this origin may run sign-ins of some application that is not disabled. */
  isOrigin(origin: string): Promise<boolean>;
  /** @throws ApplicationError `application_invalid`, `application_name_taken`, `application_policy_unknown` */
  add(input: ApplicationInput): Promise<IssuedSecret>;
  /**
   * Changes an application.
   *
   * @param version - of the application that the change was made from
   * @throws ApplicationError as {@link add}, `application_unknown`, `application_changed`
   */
  replace(id: string, version: number, input: ApplicationInput): Promise<Application>;
  /**
   * Makes a new secret; the one before ends within a second, in every process.
   *
   * @throws ApplicationError `application_unknown`, `application_public`, `application_changed`
   */
  rotateSecret(id: string): Promise<IssuedSecret>;
  /** @returns what was removed @throws ApplicationError `application_unknown` */
  remove(id: string): Promise<Application>;
  /**
   * Who calls, by client credentials; takes as long whether the id or the secret is wrong.
   *
   * @throws ApplicationError `application_credentials_invalid`
   */
  authenticate(id: string, secret: string): Promise<Application>;
}
