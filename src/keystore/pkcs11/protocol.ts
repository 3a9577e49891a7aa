/**
 * What the PKCS#11 store asks of the process that holds the module. The process knows PKCS#11 and
 * nothing of certificates, PIN files or JOSE; the store knows those and no handle.
 */

/** Settings of the `open` request. */
export interface ModuleSettings {
  /** Absolute path of the module. */
  readonly modulePath: string;
  /** What C_Initialize is given in pReserved. */
  readonly initArgs: string | undefined;
}

/** Which tokens to look at; what is undefined matches anything. */
export interface TokenSearch {
  readonly token?: string | undefined;
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  readonly serial?: string | undefined;
  readonly slotDescription?: string | undefined;
  readonly slotManufacturer?: string | undefined;
  readonly slotId?: number | undefined;
  readonly libraryDescription?: string | undefined;
  readonly libraryManufacturer?: string | undefined;
  readonly libraryVersion?: { readonly major: number; readonly minor: number } | undefined;
}

/** What names a token across sessions, processes and slots. */
export interface TokenName {
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly serial: string;
}

/** What names a private key within its token. */
export interface KeyName {
  /** CKA_KEY_TYPE. */
  readonly keyType: number;
  /** CKA_ID; may be empty. */
  readonly id: Uint8Array;
  /** CKA_LABEL. */
  readonly label: string;
  /** CKA_MODULUS where the key has it. */
  readonly modulus: Uint8Array | undefined;
}

/** `report`: looks through tokens. Answered by {@link ModuleReport}. */
export interface ReportRequest {
  readonly search: TokenSearch;
  /** The module is initialised anew before: some see only then what another process has changed. */
  readonly afresh: boolean;
}

/** What a module shows of itself and its tokens. */
export interface ModuleReport {
  /** Library description and version, for people. */
  readonly library: string;
  readonly tokens: readonly TokenReport[];
  /** Slots whose token could not be read at all. */
  readonly problems: readonly SlotProblem[];
}

/** Why a slot could not be read. */
export interface SlotProblem {
  readonly slot: string;
  readonly message: string;
}

/** A token and what is visible of it. */
export interface TokenReport {
  readonly name: TokenName;
  /** CKF_* of the token info. */
  readonly flags: number;
  /** CKF_* of the slot info. */
  readonly slotFlags: number;
  readonly loggedIn: boolean;
  readonly mechanisms: readonly MechanismReport[];
  readonly certificates: readonly CertificateReport[];
  readonly privateKeys: readonly PrivateKeyReport[];
  readonly publicKeys: readonly PublicKeyReport[];
  /** Objects that could not be read, and object lists that were cut. */
  readonly problems: readonly string[];
}

/** A signature mechanism of a token. */
export interface MechanismReport {
  readonly mechanism: number;
  /** CKF_* of the mechanism info; undefined where the module would not say. */
  readonly flags: number | undefined;
}

/** A certificate object: CKC_X_509 with a value. */
export interface CertificateReport {
  readonly id: Uint8Array;
  readonly label: string;
  readonly der: Uint8Array;
}

/** A private key object; what is undefined the token would not say. */
export interface PrivateKeyReport {
  readonly name: KeyName;
  readonly sign: boolean | undefined;
  readonly alwaysAuthenticate: boolean;
  readonly extractable: boolean | undefined;
}

/** A public key object. */
export interface PublicKeyReport {
  readonly keyType: number;
  readonly id: Uint8Array;
  /** CKA_EC_POINT: a DER OCTET STRING around the point, or the bare point. */
  readonly ecPoint: Uint8Array | undefined;
  readonly modulus: Uint8Array | undefined;
}

/** `login`: logs the user in to one token. Answered by nothing. */
export interface LoginRequest {
  readonly token: TokenName;
  readonly pin: string;
}

/** `sign`: makes one signature. Answered by {@link SignResult}. */
export interface SignRequest {
  readonly token: TokenName;
  readonly key: KeyName;
  readonly mechanism: number;
  readonly pss: PssParameters | undefined;
  /** What the mechanism is given: a digest, or a DigestInfo. */
  readonly data: Uint8Array;
  /** Longest signature that can come out. */
  readonly maxLength: number;
  /** For a key with CKA_ALWAYS_AUTHENTICATE: the PIN of the context-specific login. */
  readonly pin: string | undefined;
}

/** CK_RSA_PKCS_PSS_PARAMS. */
export interface PssParameters {
  readonly hashAlg: number;
  readonly mgf: number;
  readonly saltLen: number;
}

/** A signature. */
export interface TokenSignature {
  readonly signature: Uint8Array;
  /**
   * Which look-up found the key: another text means that the key was looked for anew since, and may be
   * another one under the same name.
   */
  readonly keyLookup: string;
}

/** A signature, or word that the token wants a login first. */
export type SignResult = TokenSignature | { readonly loginRequired: true; readonly flags: number };
