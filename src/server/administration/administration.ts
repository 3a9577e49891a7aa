/**
 * Every use case of an administrator: what console, admin API and commands show and change, and
 * nothing else does. Each change needs the role `admin` and stands in the audit log, written in the
 * same transaction of the storage where the change is one of the storage alone.
 */
import type { JsonValue } from '../../core/index.ts';
import type { Application, ApplicationInput, IssuedSecret } from '../applications/index.ts';
import type { AuditProblem } from '../audit/index.ts';
import type { AdministratorInfo, FederationInfo, FederationInput } from '../admins/index.ts';
import type { SigningKeyInfo } from '../challenges/index.ts';
import type { InventorySettings } from '../devices/index.ts';
import type { DryRun, Policy, PolicyInput } from '../policy/index.ts';
import type { CrlDescription, RevocationProblem } from '../revocation/index.ts';
import type {
  AdministratorRole,
  AlarmQuery,
  AuditEntry,
  AuditQuery,
  AuthorityRevocation,
  Device,
  DeviceAlarm,
  DeviceCertificate,
  DeviceCounts,
  DeviceQuery,
  DeviceState,
  ExpiringWeek,
  Page,
  SignIn,
  SignInQuery,
  SigningKeyPurpose,
} from '../storage/index.ts';
import type { AuthorityInfo, EndpointManagement, PlatformChanges } from '../trust/index.ts';
import type { Actor } from './actor.ts';
import type { ExplanationJson } from './explanation.ts';

/** Makes {@link Administration} for whoever acts. */
export interface Administrations {
  /** @returns the use cases; each throws AdministrationError `role_required` where the actor may not */
  as(actor: Actor): Administration;
}

/** The use cases, in the name of one actor. */
export interface Administration {
  readonly actor: Actor;
  readonly overview: OverviewUseCases;
  readonly authorities: AuthorityUseCases;
  readonly crls: CrlUseCases;
  readonly certificates: CertificateUseCases;
  readonly platforms: PlatformUseCases;
  readonly policies: PolicyUseCases;
  readonly applications: ApplicationUseCases;
  readonly devices: DeviceUseCases;
  readonly alarms: AlarmUseCases;
  readonly signIns: SignInUseCases;
  readonly signingKeys: SigningKeyUseCases;
  readonly administrators: AdministratorUseCases;
  readonly apiTokens: ApiTokenUseCases;
  readonly federation: FederationUseCases;
  readonly audit: AuditUseCases;
}

/** An authority with its certificate, as a chain's tree needs it. */
export interface AuthorityDetails extends AuthorityInfo {
  readonly der: Uint8Array;
}

/** What depends on an authority: looked at before it is disabled or deleted. */
export interface AuthorityImpact {
  /** Devices whose current certificate was issued under it. */
  readonly devices: number;
  /** True where there are more devices than were counted. */
  readonly moreDevices: boolean;
  /** Policies with a rule that names it. */
  readonly policies: readonly { readonly id: string; readonly name: string }[];
  /** Platforms whose only authority it is; none of their devices counts without it. */
  readonly platforms: readonly string[];
}

/** Certificate authorities. */
export interface AuthorityUseCases {
  list(): Promise<readonly AuthorityDetails[]>;
  /** @param id - a whole id or a prefix of at least 8 letters @throws TrustError */
  find(id: string): Promise<AuthorityDetails>;
  /** Adds a file's authorities: all or none. @throws TrustError `ca_*` */
  add(file: Uint8Array): Promise<readonly AuthorityInfo[]>;
  /** @throws TrustError */
  setRevocation(id: string, changes: Partial<AuthorityRevocation>): Promise<AuthorityInfo>;
  /** Keeps it, and has it count for nothing, or count again. @throws TrustError */
  setDisabled(id: string, disabled: boolean): Promise<AuthorityInfo>;
  /** @throws TrustError */
  impact(id: string): Promise<AuthorityImpact>;
  /** @throws TrustError */
  remove(id: string): Promise<AuthorityInfo>;
}

/** Certificate revocation lists. */
export interface CrlUseCases {
  list(): Promise<{
    readonly crls: readonly CrlDescription[];
    readonly problems: readonly RevocationProblem[];
  }>;
  /** @throws RevocationError */
  upload(file: Uint8Array): Promise<readonly CrlDescription[]>;
  /** Fetches an address now. @throws RevocationError */
  fetch(address: string): Promise<CrlDescription>;
  /** @throws RevocationError `crl_unknown` */
  remove(source: string): Promise<void>;
}

/** Trying certificates. */
export interface CertificateUseCases {
  /**
   * Validates the first certificate of a file as a device's, with the authorities and the revocation
   * settings in force; the others are intermediates. Missing status is fetched.
   *
   * @param file - PEM or DER
   * @throws TrustError `ca_file_*` where it holds no certificate
   */
  explain(file: Uint8Array): Promise<ExplanationJson>;
}

/** Endpoint management. */
export interface PlatformUseCases {
  settings(): Promise<EndpointManagement>;
  /** @throws TrustError `platform_settings_invalid`, `platform_settings_changed` */
  change(version: number, changes: PlatformChanges): Promise<EndpointManagement>;
}

/** Authentication policies. */
export interface PolicyUseCases {
  list(): Promise<readonly Policy[]>;
  /** @throws PolicyError */
  find(id: string): Promise<Policy>;
  /** @throws PolicyError */
  add(input: PolicyInput): Promise<Policy>;
  /** @throws PolicyError */
  replace(id: string, version: number, input: PolicyInput): Promise<Policy>;
  /** @throws PolicyError */
  remove(id: string): Promise<Policy>;
  /**
   * What a policy would have said of recent sign-ins; nothing is saved.
   *
   * @param application - only sign-ins of this application
   * @param limit - how many sign-ins at most, 1 to 1000
   * @throws PolicyError `policy_invalid`
   */
  dryRun(input: PolicyInput, application: string | undefined, limit: number): Promise<DryRun>;
}

/** Registered applications. */
export interface ApplicationUseCases {
  list(): Promise<readonly Application[]>;
  /** @throws ApplicationError */
  find(id: string): Promise<Application>;
  /** @throws ApplicationError */
  add(input: ApplicationInput): Promise<IssuedSecret>;
  /** @throws ApplicationError */
  replace(id: string, version: number, input: ApplicationInput): Promise<Application>;
  /** @throws ApplicationError */
  rotateSecret(id: string): Promise<IssuedSecret>;
  /** @throws ApplicationError */
  remove(id: string): Promise<Application>;
}

/** The inventory. */
export interface DeviceUseCases {
  list(query: DeviceQuery): Promise<Page<Device>>;
  /** @throws DeviceError */
  find(id: string): Promise<Device>;
  /** @throws DeviceError */
  certificates(id: string): Promise<readonly DeviceCertificate[]>;
  /** @throws DeviceError */
  setState(id: string, state: DeviceState): Promise<Device>;
  counts(): Promise<DeviceCounts>;
  settings(): Promise<InventorySettings>;
  /** @throws DeviceError */
  changeSettings(
    version: number,
    changes: { readonly clones?: JsonValue },
  ): Promise<InventorySettings>;
}

/** Alarms about devices. */
export interface AlarmUseCases {
  list(query: AlarmQuery): Promise<Page<DeviceAlarm>>;
  /** @throws DeviceError */
  find(id: string): Promise<DeviceAlarm>;
  /**
   * @param sameDevice - true where it was no copy, but the same machine set up anew
   * @throws DeviceError
   */
  acknowledge(id: string, sameDevice: boolean): Promise<DeviceAlarm>;
}

/** Verdicts of a span of time, counted. */
export interface SignInStatistics {
  readonly from: Date;
  readonly to: Date;
  readonly bucket: 'hour' | 'day';
  /** Every bucket of the span, also those without a verdict, oldest first. */
  readonly buckets: readonly {
    readonly start: Date;
    readonly allowed: number;
    readonly denied: number;
  }[];
  /** Codes of denied sign-ins, the most frequent first. */
  readonly reasons: readonly { readonly code: string; readonly count: number }[];
}

/** Sign-ins. */
export interface SignInUseCases {
  /** Youngest first. */
  list(query: SignInQuery): Promise<Page<SignIn>>;
  /** @param transaction - its id @throws AdministrationError `sign_in_unknown` */
  find(transaction: string): Promise<SignIn>;
  /** Every sign-in that fits, youngest first, read page by page. */
  export(query: Omit<SignInQuery, 'limit' | 'after'>): AsyncIterable<SignIn>;
  /** @param application - only this application's */
  statistics(
    from: Date,
    to: Date,
    bucket: 'hour' | 'day',
    application?: string,
  ): Promise<SignInStatistics>;
}

/** What the first page shows. */
export interface Overview {
  readonly devices: DeviceCounts;
  /** The next 13 weeks, this one first. */
  readonly expiring: readonly ExpiringWeek[];
  /** The last 24 hours, by hour. */
  readonly signIns: SignInStatistics;
  readonly authorities: readonly AuthorityInfo[];
  readonly crls: readonly CrlDescription[];
  readonly problems: readonly RevocationProblem[];
}

/** The first page. */
export interface OverviewUseCases {
  read(): Promise<Overview>;
}

/** The keys that challenges are signed with, and those of the OpenID provider's ID tokens. */
export interface SigningKeyUseCases {
  /** @param purpose - `challenges` unless told */
  list(purpose?: SigningKeyPurpose): Promise<readonly SigningKeyInfo[]>;
  /**
   * @param immediately - for a key that has leaked: all others of the purpose are deleted
   * @param purpose - `challenges` unless told
   */
  rotate(immediately: boolean, purpose?: SigningKeyPurpose): Promise<SigningKeyInfo>;
}

/** What an administrator is made of. */
export interface AdministratorInput {
  readonly name: string;
  readonly role: AdministratorRole;
  /** Undefined for one who signs in at the administrators' own OpenID provider. */
  readonly password?: string | undefined;
  /** `sub` at that provider. */
  readonly subject?: string | undefined;
}

/** People who may sign in here. */
export interface AdministratorUseCases {
  list(): Promise<readonly AdministratorInfo[]>;
  /** @throws AdminError `administrator_unknown` */
  find(id: string): Promise<AdministratorInfo>;
  /** @throws AdminError `administrator_name_taken`, `administrator_invalid`, `password_unsuitable` */
  add(input: AdministratorInput): Promise<AdministratorInfo>;
  /**
   * Changes role or disables; ends the sessions of who is changed.
   *
   * @throws AdminError `administrator_unknown`, `administrator_changed`, `administrator_last`
   */
  change(
    id: string,
    version: number,
    changes: { readonly role?: AdministratorRole; readonly disabled?: boolean },
  ): Promise<AdministratorInfo>;
  /**
   * Gives a new password, ends lock-out and sessions.
   *
   * @throws AdminError `administrator_unknown`, `password_unsuitable`
   */
  resetPassword(id: string, password: string): Promise<AdministratorInfo>;
  /** @throws AdminError `administrator_unknown`, `administrator_last` */
  remove(id: string): Promise<AdministratorInfo>;
}

/** A token of the admin API, without the token. */
export interface ApiTokenInfo {
  readonly id: string;
  readonly name: string;
  readonly role: AdministratorRole;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date | undefined;
  /** To the hour. */
  readonly lastUsedAt: Date | undefined;
}

/** Tokens that programs use the admin API with. */
export interface ApiTokenUseCases {
  list(): Promise<readonly ApiTokenInfo[]>;
  /**
   * @param days - after how many days it ends; undefined: never
   * @returns with the token, which is shown this once
   * @throws AdminError `api_token_name_taken`, `api_token_invalid`
   */
  add(
    name: string,
    role: AdministratorRole,
    days: number | undefined,
  ): Promise<{ readonly info: ApiTokenInfo; readonly token: string }>;
  /** @throws AdminError `api_token_unknown` */
  remove(id: string): Promise<ApiTokenInfo>;
}

/** The administrators' own OpenID provider. */
export interface FederationUseCases {
  /** Without its client secret. */
  settings(): Promise<FederationInfo>;
  /** @throws AdminError `federation_invalid`, `federation_changed` */
  change(version: number, input: FederationInput | undefined): Promise<FederationInfo>;
}

/** The audit log. */
export interface AuditUseCases {
  /** Youngest first. */
  list(query: AuditQuery): Promise<Page<AuditEntry>>;
  /** Every entry in the order of the chain, read page by page. */
  export(): AsyncIterable<AuditEntry>;
  /** Reads the whole chain. @returns how many entries, and the first that does not fit, if any */
  verify(): Promise<{ readonly entries: number; readonly problem: AuditProblem | undefined }>;
}
