/** How administrators sign in, and who a request comes from: for console and admin API alike. */
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { JsonObject } from '../../core/index.ts';
import type { AdministratorRole } from '../storage/index.ts';

/** A passkey as its owner sees it. */
export interface PasskeyInfo {
  /** base64url. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | undefined;
}

/** An administrator as people see them: no hash, no key. */
export interface AdministratorInfo {
  readonly id: string;
  readonly name: string;
  readonly role: AdministratorRole;
  readonly hasPassword: boolean;
  readonly passkeys: readonly PasskeyInfo[];
  /** `iss` and `sub` at the administrators' own OpenID provider. */
  readonly federation: { readonly issuer: string; readonly subject: string } | undefined;
  readonly disabled: boolean;
  /** Until when passwords are not tried after failures. */
  readonly lockedUntil: Date | undefined;
  readonly createdAt: Date;
  readonly version: number;
}

/** A browser session of an administrator. */
export interface SignedIn {
  readonly administrator: AdministratorInfo;
  /** What every form and every changing request of the session carries. */
  readonly csrfToken: string;
  /** The session's name in the storage; never shown. */
  readonly session: string;
  /** When the person signed in. */
  readonly signedInAt: Date;
}

/** A sign-in that succeeded. */
export interface NewSession {
  readonly signedIn: SignedIn;
  /** Set-Cookie header to answer with. */
  readonly setCookie: string;
}

/** A passkey ceremony (WebAuthn) that was begun. */
export interface Ceremony<Options> {
  /** Names the ceremony when its answer comes back. */
  readonly ceremony: string;
  /** For `navigator.credentials`, in WebAuthn's JSON form. */
  readonly options: Options;
}

/** How administrators sign in. `address` is the network address that is answered. */
export interface AdministratorAccess {
  /** True as long as there is no administrator: then set-up is to be done, and sign-in cannot be. */
  needsSetup(): Promise<boolean>;
  /**
   * Makes the first administrator, with the role admin, and signs them in.
   *
   * @throws AdminError `setup_token_invalid`, `setup_done`, `administrator_invalid`,
   *   `password_unsuitable`; ServerError `rate_limited`
   */
  setUp(token: string, name: string, password: string, address: string): Promise<NewSession>;
  /**
   * @throws AdminError `sign_in_failed`, the same whatever was wrong, `sign_in_busy`;
   *   ServerError `rate_limited`
   */
  signIn(name: string, password: string, address: string): Promise<NewSession>;
  /** Begins a sign-in with whatever passkey the person has. @throws ServerError `rate_limited` */
  beginPasskey(address: string): Promise<Ceremony<PublicKeyCredentialRequestOptionsJSON>>;
  /**
   * @param response - WebAuthn's AuthenticationResponseJSON, whatever it holds
   * @throws AdminError `passkey_failed`; ServerError `rate_limited`
   */
  finishPasskey(ceremony: string, response: JsonObject, address: string): Promise<NewSession>;
  /** What the sign-in page writes on its button; undefined where there is no OpenID provider. */
  federationName(): Promise<string | undefined>;
  /**
   * Begins a sign-in at the administrators' own OpenID provider.
   *
   * @returns where to send the browser, and the Set-Cookie header that binds the answer to it
   * @throws AdminError `federation_off`, `federation_failed`; ServerError `rate_limited`
   */
  beginFederation(
    address: string,
  ): Promise<{ readonly location: string; readonly setCookie: string }>;
  /**
   * Ends it. The redirect URI is `/admin/oidc/callback` below the issuer URL.
   *
   * @param query - the callback's query string, without `?`
   * @param cookieHeader - the request's Cookie header
   * @throws AdminError `federation_off`, `federation_failed`, `federation_no_role`;
   *   ServerError `rate_limited`
   */
  finishFederation(
    query: string,
    cookieHeader: string | undefined,
    address: string,
  ): Promise<NewSession>;
  /** @returns whose session a request's Cookie header names, if it is alive; prolongs it */
  sessionOf(cookieHeader: string | undefined): Promise<SignedIn | undefined>;
  /**
   * Ends a session.
   *
   * @returns Set-Cookie header that deletes the cookie
   */
  signOut(signedIn: SignedIn, address: string): Promise<string>;
  /**
   * Checks a form's or request's token in constant time.
   *
   * @throws AdminError `csrf_token_invalid`
   */
  requireCsrfToken(signedIn: SignedIn, token: string | undefined): void;
}

/**
 * What an administrator changes of their own account: against the present password, or soon after a
 * sign-in (recent-sign-in.ts).
 */
export interface OwnAccount {
  /**
   * Changes the password, and ends all other sessions.
   *
   * @param present - the present one; where there is none yet, the sign-in must be recent
   * @throws AdminError `password_wrong`, `password_unsuitable`, `sign_in_old`; ServerError `rate_limited`
   */
  changePassword(
    signedIn: SignedIn,
    present: string,
    password: string,
    address: string,
  ): Promise<void>;
  /** @throws AdminError `sign_in_old` */
  beginPasskey(signedIn: SignedIn): Promise<Ceremony<PublicKeyCredentialCreationOptionsJSON>>;
  /**
   * @param response - WebAuthn's RegistrationResponseJSON, whatever it holds
   * @throws AdminError `passkey_failed`, `passkey_limit`, `sign_in_old`
   */
  finishPasskey(
    signedIn: SignedIn,
    ceremony: string,
    name: string,
    response: JsonObject,
    address: string,
  ): Promise<PasskeyInfo>;
  /** @throws AdminError `passkey_unknown`, `passkey_last`, `sign_in_old` */
  removePasskey(signedIn: SignedIn, id: string, address: string): Promise<void>;
}

/** The administrators' own OpenID provider, without its secret. */
export interface FederationInfo {
  /** Undefined where there is none. */
  readonly provider:
    | {
        /** What the sign-in page calls it. */
        readonly name: string;
        readonly issuer: string;
        readonly clientId: string;
        /** The ID token's claim that says who has which role. */
        readonly roleClaim: string;
        /** Values of the claim that give the role admin. */
        readonly adminValues: readonly string[];
        /** Values of the claim that give the role auditor. */
        readonly auditorValues: readonly string[];
      }
    | undefined;
  /** Where the provider sends browsers back to; to be registered there. */
  readonly redirectUri: string;
  /** Goes up by one with each change; 0 as long as nothing was set. */
  readonly version: number;
}

/** What an administrator sets; read strictly. */
export interface FederationInput {
  readonly name: string;
  /** An https URL; http on this machine only. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: the one that is there stays. */
  readonly clientSecret?: string | undefined;
  readonly roleClaim: string;
  readonly adminValues: readonly string[];
  readonly auditorValues: readonly string[];
}
