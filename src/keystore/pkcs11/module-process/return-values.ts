/** CKR codes: what each means for whoever wanted a signature. */

/** The return values that are acted on, by name (PKCS#11 2.40 section 11.1). */
export const CKR = {
  HOST_MEMORY: 0x02,
  SLOT_ID_INVALID: 0x03,
  GENERAL_ERROR: 0x05,
  FUNCTION_FAILED: 0x06,
  ATTRIBUTE_SENSITIVE: 0x11,
  ATTRIBUTE_TYPE_INVALID: 0x12,
  DEVICE_ERROR: 0x30,
  DEVICE_MEMORY: 0x31,
  DEVICE_REMOVED: 0x32,
  FUNCTION_CANCELED: 0x50,
  KEY_HANDLE_INVALID: 0x60,
  KEY_SIZE_RANGE: 0x62,
  KEY_TYPE_INCONSISTENT: 0x63,
  KEY_FUNCTION_NOT_PERMITTED: 0x68,
  MECHANISM_INVALID: 0x70,
  MECHANISM_PARAM_INVALID: 0x71,
  OBJECT_HANDLE_INVALID: 0x82,
  OPERATION_ACTIVE: 0x90,
  OPERATION_NOT_INITIALIZED: 0x91,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_EXPIRED: 0xa3,
  PIN_LOCKED: 0xa4,
  SESSION_CLOSED: 0xb0,
  SESSION_COUNT: 0xb1,
  SESSION_HANDLE_INVALID: 0xb3,
  TOKEN_NOT_PRESENT: 0xe0,
  TOKEN_NOT_RECOGNIZED: 0xe1,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  USER_PIN_NOT_INITIALIZED: 0x102,
  USER_ANOTHER_ALREADY_LOGGED_IN: 0x104,
  USER_TOO_MANY_TYPES: 0x105,
  CRYPTOKI_NOT_INITIALIZED: 0x190,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191,
  FUNCTION_REJECTED: 0x200,
} as const;

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(CKR).map(([name, value]) => [value, `CKR_${name}`]),
);

/** A failed call of a module. */
export class CryptokiError extends Error {
  /** The function, such as C_Sign. */
  readonly call: string;
  /** The CKR value; -1 where the failure was not the module's own word. */
  readonly rv: number;

  constructor(call: string, rv: number, text?: string) {
    const name = names.get(rv) ?? text;
    const hex = `0x${rv.toString(16)}`;
    super(rv < 0 ? `${call}: ${text ?? 'failed'}` : `${call}: ${name ?? 'unknown code'} (${hex})`);
    this.name = new.target.name;
    this.call = call;
    this.rv = rv;
  }
}

/**
 * What to do about a failure, mildest first: look for the key again, open a new session, finalise and
 * initialise the module. `login` wants the user logged in; `final` is an answer that no repair changes.
 */
export type Remedy = 'find_key' | 'new_session' | 'initialise' | 'login' | 'final';

const remedies: ReadonlyMap<number, Remedy> = new Map<number, Remedy>([
  [CKR.KEY_HANDLE_INVALID, 'find_key'],
  [CKR.OBJECT_HANDLE_INVALID, 'find_key'],
  [CKR.OPERATION_ACTIVE, 'new_session'],
  [CKR.OPERATION_NOT_INITIALIZED, 'new_session'],
  [CKR.SESSION_CLOSED, 'new_session'],
  [CKR.SESSION_HANDLE_INVALID, 'new_session'],
  [CKR.DEVICE_REMOVED, 'new_session'],
  [CKR.TOKEN_NOT_PRESENT, 'new_session'],
  [CKR.SLOT_ID_INVALID, 'new_session'],
  [CKR.USER_NOT_LOGGED_IN, 'login'],
  [CKR.FUNCTION_CANCELED, 'final'],
  [CKR.FUNCTION_REJECTED, 'final'],
  [CKR.KEY_SIZE_RANGE, 'final'],
  [CKR.KEY_TYPE_INCONSISTENT, 'final'],
  [CKR.KEY_FUNCTION_NOT_PERMITTED, 'final'],
  [CKR.MECHANISM_INVALID, 'final'],
  [CKR.MECHANISM_PARAM_INVALID, 'final'],
  [CKR.PIN_INCORRECT, 'final'],
  [CKR.PIN_INVALID, 'final'],
  [CKR.PIN_LEN_RANGE, 'final'],
  [CKR.PIN_EXPIRED, 'final'],
  [CKR.PIN_LOCKED, 'final'],
  [CKR.USER_PIN_NOT_INITIALIZED, 'final'],
  [CKR.USER_ANOTHER_ALREADY_LOGGED_IN, 'final'],
  [CKR.USER_TOO_MANY_TYPES, 'final'],
]);

/** The first remedy to try; a code that is not known may mean a fault that initialising cures. */
export function remedyFor(rv: number): Remedy {
  return remedies.get(rv) ?? 'initialise';
}

const outsideCauses: readonly number[] = [
  CKR.TOKEN_NOT_PRESENT,
  CKR.TOKEN_NOT_RECOGNIZED,
  CKR.DEVICE_REMOVED,
  CKR.SLOT_ID_INVALID,
  CKR.CRYPTOKI_NOT_INITIALIZED,
];

/**
 * Whether initialising is worth it although nothing has worked since the last time. A fault that
 * outlived it will outlive it again; a token that was away may have come back, and some modules look
 * for tokens only as they initialise.
 */
export function initialisingMayHelpAgain(rv: number): boolean {
  return outsideCauses.includes(rv);
}
