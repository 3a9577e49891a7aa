/** The service that runs in the process of a PKCS#11 module: it reports, logs in and signs. */
import { randomUUID } from 'node:crypto';
import { KeystoreError } from '../../errors.ts';
import { BeyondRepair, type HostedService } from '../../hosted/messages.ts';
import { tokenFlags } from '../constants.ts';
import type {
  LoginRequest,
  ModuleReport,
  ModuleSettings,
  ReportRequest,
  SignRequest,
  SignResult,
  SlotProblem,
  TokenReport,
  TokenSearch,
} from '../protocol.ts';
import { Cryptoki } from './cryptoki.ts';
import { keystoreErrorOf } from './failures.ts';
import { findKey, keyNameToText } from './find-key.ts';
import {
  CKR,
  CryptokiError,
  initialisingMayHelpAgain,
  remedyFor,
  type Remedy,
} from './return-values.ts';
import { reportToken } from './token-report.ts';
import { TokenSessions, type Token } from './token-sessions.ts';

/**
 * Loads and initialises a module.
 *
 * @throws KeystoreError `store_unavailable` where it is no module or does not initialise
 */
export function openModule(settings: unknown): HostedService {
  const { modulePath, initArgs } = settings as ModuleSettings;
  try {
    const cryptoki = new Cryptoki(modulePath, initArgs);
    cryptoki.initialise();
    return new ModuleService(cryptoki);
  } catch (error) {
    if (!(error instanceof CryptokiError)) throw error;
    throw new KeystoreError('store_unavailable', {
      message: `The PKCS#11 module ${modulePath} cannot be used. ${error.message}.`,
      cause: error,
    });
  }
}

class ModuleService implements HostedService {
  readonly #cryptoki: Cryptoki;
  readonly #sessions: TokenSessions;
  /** Something worked since the module was last initialised, and since the process started. */
  #soundSinceInitialised = false;
  #everSound = false;

  constructor(cryptoki: Cryptoki) {
    this.#cryptoki = cryptoki;
    this.#sessions = new TokenSessions(cryptoki);
  }

  handle(method: string, params: unknown): unknown {
    switch (method) {
      case 'sign':
        return this.#sign(params as SignRequest);
      case 'report':
        return this.#report(params as ReportRequest);
      case 'login':
        this.#login(params as LoginRequest);
        return undefined;
      default:
        throw new Error(`no method ${method}`);
    }
  }

  close(): void {
    this.#cryptoki.finalise();
  }

  /**
   * Looks through the tokens of a search. Where not one of them can be read, it looks once more, since a
   * token that another process is writing (SoftHSM writes its own at each login) is whole a moment later;
   * then it gives the module a fresh start, since some see tokens that came, went or failed only then.
   */
  #report({ search, afresh }: ReportRequest): ModuleReport {
    if (afresh) this.#initialiseAgain();
    const first = this.#tryReport(search);
    if (first.tokens.length > 0) return first;
    const again = first.problems.length > 0 ? this.#tryReport(search) : first;
    if (again.tokens.length > 0) return again;
    this.#initialiseAgain();
    const last = this.#tryReport(search);
    if (last.tokens.length === 0 && last.problems.length > 0 && this.#everSound) {
      throw new BeyondRepair('store_unavailable', last.problems[0]?.message ?? '');
    }
    return last;
  }

  #tryReport(search: TokenSearch): ModuleReport {
    try {
      return this.#reportOnce(search);
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error;
      return { library: '', tokens: [], problems: [{ slot: '', message: error.message }] };
    }
  }

  #reportOnce(search: TokenSearch): ModuleReport {
    const library = this.#cryptoki.info();
    const { description, manufacturer, major, minor } = library;
    const report = {
      library: `${description === '' ? manufacturer : description} ${major}.${minor}`,
    };
    if (!libraryFits(search, library)) return { ...report, tokens: [], problems: [] };
    const sweep = this.#sessions.find(search);
    const tokens: TokenReport[] = [];
    const problems: SlotProblem[] = sweep.problems.map(({ slot, error }) => ({
      slot,
      message: error.message,
    }));
    for (const token of sweep.tokens) {
      try {
        tokens.push(this.#reportOf(token));
        this.#sound();
      } catch (error) {
        if (!(error instanceof CryptokiError)) throw error;
        // A blank token (SoftHSM and tpm2-pkcs11 always show one) holds nothing: that is no problem.
        if ((token.flags & tokenFlags.initialised) === 0) continue;
        problems.push({ slot: token.name.label, message: error.message });
      }
    }
    return { ...report, tokens, problems };
  }

  #reportOf(token: Token): TokenReport {
    try {
      return this.#read(token);
    } catch (error) {
      if (!(error instanceof CryptokiError) || remedyFor(error.rv) !== 'new_session') throw error;
      this.#sessions.renew(token.name);
      return this.#read(token);
    }
  }

  #read(token: Token): TokenReport {
    const session = this.#sessions.sessionWith(token.name, token.slot);
    return reportToken(this.#cryptoki, token, session, this.#sessions.isLoggedIn(session));
  }

  /**
   * Logs in, unless the token is one failure away from locking its PIN or has a PIN pad.
   *
   * @throws KeystoreError `pin_locked`, `pin_rejected`, `user_interaction_required`
   */
  #login({ token: name, pin }: LoginRequest): void {
    try {
      const { flags } = this.#sessions.locate(name);
      if ((flags & (tokenFlags.userPinLocked | tokenFlags.userPinFinalTry)) !== 0) {
        throw new KeystoreError('pin_locked');
      }
      if ((flags & tokenFlags.protectedAuthenticationPath) !== 0) {
        throw new KeystoreError('user_interaction_required');
      }
      this.#sessions.renew(name);
      this.#cryptoki.login(this.#sessions.sessionWith(name).session, pin);
    } catch (error) {
      if (!(error instanceof CryptokiError)) throw error;
      if (error.rv !== CKR.USER_ALREADY_LOGGED_IN) {
        throw keystoreErrorOf(error, 'store_unavailable');
      }
    }
  }

  /** Signs; what fails is repaired by the mildest remedy that may help, and tried again. */
  #sign(request: SignRequest): SignResult {
    const tried = new Set<Remedy>();
    for (;;) {
      try {
        const result = this.#signOnce(request);
        if ('signature' in result) this.#sound();
        return result;
      } catch (error) {
        if (!(error instanceof CryptokiError)) throw error;
        const remedy = this.#nextRemedy(error, tried);
        if (remedy === 'login') return this.#loginRequired(request);
        if (remedy === undefined) throw this.#giveUp(error);
        tried.add(remedy);
        this.#repair(remedy, request);
      }
    }
  }

  #signOnce(request: SignRequest): SignResult {
    const session = this.#sessions.sessionWith(request.token);
    const keyText = keyNameToText(request.key);
    let key = session.keys.get(keyText);
    if (key === undefined) {
      const handle = findKey(this.#cryptoki, session.session, request.key);
      if (handle === undefined) {
        const { needed, flags } = this.#sessions.needsLogin(session);
        if (needed) return { loginRequired: true, flags };
        throw new KeystoreError('key_not_found');
      }
      key = { handle, lookup: randomUUID() };
      session.keys.set(keyText, key);
    }
    const { mechanism, pss, data, maxLength, pin } = request;
    const parameter = pss === undefined ? {} : { parameter: { type: CK_PARAMS_RSA_PSS, ...pss } };
    const signature = this.#cryptoki.sign(
      session.session,
      key.handle,
      { mechanism, ...parameter },
      Buffer.from(data.buffer, data.byteOffset, data.length),
      maxLength,
      pin,
    );
    return { signature: new Uint8Array(signature), keyLookup: key.lookup };
  }

  /** @returns undefined where nothing is left to try */
  #nextRemedy(error: CryptokiError, tried: ReadonlySet<Remedy>): Remedy | undefined {
    const first = remedyFor(error.rv);
    if (first === 'login') return first;
    const from = ladder.indexOf(first);
    if (from < 0) return undefined;
    const next = ladder.slice(from).find((remedy) => !tried.has(remedy));
    const worthIt = this.#soundSinceInitialised || initialisingMayHelpAgain(error.rv);
    return next === 'initialise' && !worthIt ? undefined : next;
  }

  #repair(remedy: Remedy, { token, key }: SignRequest): void {
    try {
      if (remedy === 'find_key') {
        this.#sessions.sessionWith(token).keys.delete(keyNameToText(key));
      } else if (remedy === 'new_session') this.#sessions.renew(token);
      else this.#initialiseAgain();
    } catch (error) {
      // The next attempt meets the same failure and takes the next remedy.
      if (!(error instanceof CryptokiError)) throw error;
    }
  }

  #loginRequired({ token }: SignRequest): SignResult {
    return { loginRequired: true, flags: this.#sessions.locate(token).flags };
  }

  #giveUp(error: CryptokiError): Error {
    const failure = keystoreErrorOf(error, 'signature_failed');
    const mayBeTheProcess =
      this.#everSound && remedyFor(error.rv) !== 'final' && !initialisingMayHelpAgain(error.rv);
    return mayBeTheProcess ? new BeyondRepair(failure.code, failure.message) : failure;
  }

  #initialiseAgain(): void {
    this.#sessions.forget();
    this.#soundSinceInitialised = false;
    try {
      this.#cryptoki.finalise();
    } catch (error) {
      // A module that will not finalise may still initialise.
      if (!(error instanceof CryptokiError)) throw error;
    }
    this.#cryptoki.initialise();
  }

  #sound(): void {
    this.#soundSinceInitialised = true;
    this.#everSound = true;
  }
}

const ladder: readonly Remedy[] = ['find_key', 'new_session', 'initialise'];

/** pkcs11js's tag for CK_RSA_PKCS_PSS_PARAMS. */
const CK_PARAMS_RSA_PSS = 5;

function libraryFits(
  search: TokenSearch,
  library: { manufacturer: string; description: string; major: number; minor: number },
): boolean {
  const version = search.libraryVersion;
  return (
    (search.libraryManufacturer ?? library.manufacturer) === library.manufacturer &&
    (search.libraryDescription ?? library.description) === library.description &&
    (version === undefined || (version.major === library.major && version.minor === library.minor))
  );
}
