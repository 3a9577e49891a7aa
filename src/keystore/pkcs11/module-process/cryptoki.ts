/**
 * The few Cryptoki calls that are needed, over pkcs11js. It evens out what pkcs11js leaves uneven:
 * errors without codes, padded strings, handles as buffers, attributes that one bad one spoils.
 * Only synchronous calls: the process has nothing else to do, and the asynchronous ones keep raw
 * pointers to buffers that may be collected.
 */
import type { Attribute, Mechanism, PKCS11, SessionInfo, SlotInfo, TokenInfo } from 'pkcs11js';
import { loadPkcs11js } from './load-pkcs11js.ts';
import { CKR, CryptokiError } from './return-values.ts';

const CKF_OS_LOCKING_OK = 2;
const CKF_SERIAL_SESSION = 4;
const CKU_USER = 1;
const CKU_CONTEXT_SPECIFIC = 2;

/** An opaque handle of the module: slot id, session or object. */
export type Handle = Buffer;

/** A loaded module. */
export class Cryptoki {
  readonly #module: PKCS11;
  readonly #initArgs: string | undefined;

  /**
   * @param initArgs - what C_Initialize is given in pReserved, where a module wants that
   * @throws CryptokiError where the file is not a module that can be loaded
   * @throws KeystoreError `store_unavailable` where pkcs11js itself cannot be loaded
   */
  constructor(modulePath: string, initArgs: string | undefined) {
    const { PKCS11: Pkcs11Module } = loadPkcs11js();
    this.#module = new Pkcs11Module();
    this.#initArgs = initArgs;
    call('load', () => {
      this.#module.load(modulePath);
    });
  }

  initialise(): void {
    try {
      call('C_Initialize', () => {
        this.#module.C_Initialize({
          flags: CKF_OS_LOCKING_OK,
          // pkcs11js cuts the last character off.
          ...(this.#initArgs === undefined ? {} : { libraryParameters: `${this.#initArgs} ` }),
        });
      });
    } catch (error) {
      if (!(error instanceof CryptokiError) || error.rv !== CKR.CRYPTOKI_ALREADY_INITIALIZED) {
        throw error;
      }
    }
  }

  finalise(): void {
    call('C_Finalize', () => {
      this.#module.C_Finalize();
    });
  }

  /** Manufacturer, description and version of the library. */
  info(): { manufacturer: string; description: string; major: number; minor: number } {
    const info = call('C_GetInfo', () => this.#module.C_GetInfo());
    return {
      manufacturer: unpad(info.manufacturerID),
      description: unpad(info.libraryDescription),
      major: info.libraryVersion.major,
      minor: info.libraryVersion.minor,
    };
  }

  /** Slots with a token in them. */
  slots(): Handle[] {
    return call('C_GetSlotList', () => this.#module.C_GetSlotList(true));
  }

  slotInfo(slot: Handle): SlotInfo {
    return call('C_GetSlotInfo', () => this.#module.C_GetSlotInfo(slot));
  }

  tokenInfo(slot: Handle): TokenInfo {
    return call('C_GetTokenInfo', () => this.#module.C_GetTokenInfo(slot));
  }

  mechanisms(slot: Handle): number[] {
    return call('C_GetMechanismList', () => this.#module.C_GetMechanismList(slot));
  }

  mechanismFlags(slot: Handle, mechanism: number): number {
    return call('C_GetMechanismInfo', () => this.#module.C_GetMechanismInfo(slot, mechanism)).flags;
  }

  openSession(slot: Handle): Handle {
    return call('C_OpenSession', () => this.#module.C_OpenSession(slot, CKF_SERIAL_SESSION));
  }

  closeSession(session: Handle): void {
    call('C_CloseSession', () => {
      this.#module.C_CloseSession(session);
    });
  }

  sessionInfo(session: Handle): SessionInfo {
    return call('C_GetSessionInfo', () => this.#module.C_GetSessionInfo(session));
  }

  login(session: Handle, pin: string): void {
    call('C_Login', () => {
      this.#module.C_Login(session, CKU_USER, pin);
    });
  }

  /** The login that a key with CKA_ALWAYS_AUTHENTICATE wants between C_SignInit and C_Sign. */
  loginForOperation(session: Handle, pin: string): void {
    call('C_Login', () => {
      this.#module.C_Login(session, CKU_CONTEXT_SPECIFIC, pin);
    });
  }

  /**
   * Finds objects.
   *
   * @param limit - how many handles are wanted; where there are more, some more come back
   */
  find(session: Handle, template: Attribute[], limit: number): Handle[] {
    call('C_FindObjectsInit', () => {
      this.#module.C_FindObjectsInit(session, template);
    });
    const found: Handle[] = [];
    try {
      while (found.length <= limit) {
        const batch = call('C_FindObjects', () => this.#module.C_FindObjects(session, 64));
        if (batch.length === 0) break;
        found.push(...batch);
      }
    } finally {
      call('C_FindObjectsFinal', () => {
        this.#module.C_FindObjectsFinal(session);
      });
    }
    return found;
  }

  /** Reads attributes; one that the object does not have or will not show is left out. */
  attributes(session: Handle, object: Handle, types: readonly number[]): Map<number, Buffer> {
    try {
      return this.#read(session, object, types);
    } catch (error) {
      if (!isAttributeRefusal(error)) throw error;
      if (types.length === 1) return new Map();
      return new Map(types.flatMap((type) => [...this.attributes(session, object, [type])]));
    }
  }

  sign(
    session: Handle,
    key: Handle,
    mechanism: Mechanism,
    data: Buffer,
    maxLength: number,
    pin: string | undefined,
  ): Uint8Array {
    call('C_SignInit', () => {
      this.#module.C_SignInit(session, mechanism, key);
    });
    if (pin !== undefined) this.loginForOperation(session, pin);
    return call('C_Sign', () => this.#module.C_Sign(session, data, Buffer.alloc(maxLength)));
  }

  #read(session: Handle, object: Handle, types: readonly number[]): Map<number, Buffer> {
    const template = types.map((type) => ({ type }));
    const read = call('C_GetAttributeValue', () =>
      this.#module.C_GetAttributeValue(session, object, template),
    );
    const values = new Map<number, Buffer>();
    for (const { type, value } of read) {
      if ((value as Buffer | undefined) !== undefined) values.set(type, value);
    }
    return values;
  }
}

function isAttributeRefusal(error: unknown): boolean {
  return (
    error instanceof CryptokiError &&
    (error.rv === CKR.ATTRIBUTE_SENSITIVE || error.rv === CKR.ATTRIBUTE_TYPE_INVALID)
  );
}

/** Labels are padded with blanks by the standard and with NULs by some modules. */
export function unpad(text: string): string {
  return text.replace(/[\0 ]+$/, '');
}

/** Every failure becomes a CryptokiError; some of pkcs11js's carry the code in their text only. */
function call<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const inText = /(CKR_\w+):(\d+)/.exec(text);
    if (inText !== null) throw new CryptokiError(name, Number(inText[2]), inText[1]);
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    throw typeof code === 'number' && code > 0
      ? new CryptokiError(name, code, text)
      : new CryptokiError(name, -1, text);
  }
}
