/** Tokens by name, and the one session that is kept open with each. */
import { tokenFlags } from '../constants.ts';
import type { TokenName, TokenSearch } from '../protocol.ts';
import { unpad, type Cryptoki, type Handle } from './cryptoki.ts';
import { CKR, CryptokiError } from './return-values.ts';

const maxSlots = 64;

/** A token in its slot. */
export interface Token {
  readonly slot: Handle;
  readonly slotFlags: number;
  readonly name: TokenName;
  /** CKF_* of the token info at the moment it was read. */
  readonly flags: number;
}

/** A session and the handles that are valid in it. */
export interface TokenSession {
  readonly slot: Handle;
  readonly session: Handle;
  /** Private keys that were found, by a name the caller chooses. */
  readonly keys: Map<string, FoundKey>;
}

/** A private key in a session. */
export interface FoundKey {
  readonly handle: Handle;
  /** Names the look-up that found it, apart from every other in any process. */
  readonly lookup: string;
}

/** What a look at the slots came to. */
export interface SlotSweep {
  readonly tokens: readonly Token[];
  readonly problems: readonly { readonly slot: string; readonly error: CryptokiError }[];
}

/**
 * Keeps one session per token. A session is never logged out and only closed when it is replaced:
 * the login belongs to all sessions of the token and ends with the last of them.
 */
export class TokenSessions {
  readonly #cryptoki: Cryptoki;
  readonly #sessions = new Map<string, TokenSession>();

  constructor(cryptoki: Cryptoki) {
    this.#cryptoki = cryptoki;
  }

  /** The tokens that a search matches; a slot that fails is told apart from the others. */
  find(search: TokenSearch): SlotSweep {
    const tokens: Token[] = [];
    const problems: { slot: string; error: CryptokiError }[] = [];
    for (const slot of this.#cryptoki.slots().slice(0, maxSlots)) {
      try {
        const token = this.#tokenIn(slot, search);
        if (token !== undefined) tokens.push(token);
      } catch (error) {
        if (!(error instanceof CryptokiError)) throw error;
        problems.push({ slot: String(slotNumber(slot)), error });
      }
    }
    return { tokens, problems };
  }

  /**
   * The token of a name.
   *
   * @throws CryptokiError TOKEN_NOT_PRESENT where it is in no slot
   */
  locate(name: TokenName): Token {
    const { tokens } = this.find(searchFor(name));
    const token = tokens.find((candidate) => tokenKey(candidate.name) === tokenKey(name));
    if (token === undefined) throw new CryptokiError('C_GetTokenInfo', CKR.TOKEN_NOT_PRESENT);
    return token;
  }

  /** The session kept with a token, opened where there is none. */
  sessionWith(name: TokenName, slot?: Handle): TokenSession {
    const key = tokenKey(name);
    const kept = this.#sessions.get(key);
    if (kept !== undefined) return kept;
    return this.#open(key, slot ?? this.locate(name).slot);
  }

  /** Replaces a token's session; the new one is opened first, so that a login survives. */
  renew(name: TokenName): void {
    const key = tokenKey(name);
    const old = this.#sessions.get(key);
    this.#sessions.delete(key);
    try {
      this.#open(key, this.locate(name).slot);
    } catch (error) {
      if (!(error instanceof CryptokiError) || error.rv !== CKR.SESSION_COUNT) throw error;
      this.#close(old);
      this.#open(key, this.locate(name).slot);
    } finally {
      this.#close(old);
    }
  }

  /** Forgets every handle, after the module was finalised. */
  forget(): void {
    this.#sessions.clear();
  }

  /** Whether the user is logged in to the token of a session. */
  isLoggedIn({ session }: TokenSession): boolean {
    const { state } = this.#cryptoki.sessionInfo(session);
    return state === CKS_RO_USER_FUNCTIONS || state === CKS_RW_USER_FUNCTIONS;
  }

  /** Whether the token wants a login that has not happened. */
  needsLogin(session: TokenSession): { needed: boolean; flags: number } {
    const { flags } = this.#cryptoki.tokenInfo(session.slot);
    return {
      needed: (flags & tokenFlags.loginRequired) !== 0 && !this.isLoggedIn(session),
      flags,
    };
  }

  #tokenIn(slot: Handle, search: TokenSearch): Token | undefined {
    if (search.slotId !== undefined && search.slotId !== slotNumber(slot)) return undefined;
    const slotInfo = this.#cryptoki.slotInfo(slot);
    const { slotDescription, slotManufacturer } = search;
    if (!fits(slotDescription, unpad(slotInfo.slotDescription))) return undefined;
    if (!fits(slotManufacturer, unpad(slotInfo.manufacturerID))) return undefined;
    const info = this.#cryptoki.tokenInfo(slot);
    const name = {
      label: unpad(info.label),
      manufacturer: unpad(info.manufacturerID),
      model: unpad(info.model),
      serial: unpad(info.serialNumber),
    };
    const wanted =
      fits(search.token, name.label) &&
      fits(search.manufacturer, name.manufacturer) &&
      fits(search.model, name.model) &&
      fits(search.serial, name.serial);
    return wanted ? { slot, slotFlags: slotInfo.flags, name, flags: info.flags } : undefined;
  }

  #open(key: string, slot: Handle): TokenSession {
    const session = this.#cryptoki.openSession(slot);
    const kept = { slot, session, keys: new Map<string, FoundKey>() };
    this.#sessions.set(key, kept);
    return kept;
  }

  #close(old: TokenSession | undefined): void {
    if (old === undefined) return;
    try {
      this.#cryptoki.closeSession(old.session);
    } catch {
      // It is being replaced because it is broken: that it cannot be closed either is no news.
    }
  }
}

const CKS_RO_USER_FUNCTIONS = 1;
const CKS_RW_USER_FUNCTIONS = 3;

function tokenKey({ label, manufacturer, model, serial }: TokenName): string {
  return [label, manufacturer, model, serial].join('\0');
}

function searchFor(name: TokenName): TokenSearch {
  return {
    token: name.label,
    manufacturer: name.manufacturer,
    model: name.model,
    serial: name.serial,
  };
}

function fits(wanted: string | undefined, actual: string): boolean {
  return wanted === undefined || wanted === actual;
}

/** A CK_SLOT_ID as a number: it is a CK_ULONG in the machine's byte order, 4 or 8 bytes wide. */
function slotNumber(slot: Handle): number {
  return slot.length === 8 ? Number(slot.readBigUInt64LE()) : slot.readUInt32LE();
}
