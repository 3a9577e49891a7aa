/**
 * The `pkcs11:` store, as the program sees it. The module itself runs in a process of its own
 * (module-process/); here are the certificates, the PIN and the decision when to show it.
 */
import { silentLogger, systemClock, type Clock, type Logger } from '../../core/index.ts';
import type {
  CertificateStore,
  StoredCertificate,
  StoreListing,
  StoreProblem,
} from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { nodeChildStarter } from '../hosted/child-process.ts';
import { HostedProcess } from '../hosted/hosted-process.ts';
import { defaultStoreTimeouts, type StoreSettings, type StoreTimeouts } from '../store-settings.ts';
import { tokenFlags } from './constants.ts';
import { findModule } from './find-module.ts';
import { ModuleFile } from './module-file.ts';
import { PinGuard } from './pin-guard.ts';
import type { Pkcs11Module } from './pkcs11-location.ts';
import type { Pkcs11Uri } from './pkcs11-uri.ts';
import type {
  ModuleReport,
  ReportRequest,
  SignRequest,
  SignResult,
  TokenName,
  TokenReport,
  TokenSearch,
  TokenSignature,
} from './protocol.ts';
import { tokenEntries, wantsLogin } from './token-entries.ts';

/**
 * Milliseconds after which a listing has the module initialised anew. tpm2-pkcs11, for one, reads its
 * objects as it initialises, and would show neither a renewed certificate nor the first one before.
 */
const freshForMs = { withIdentity: 15 * 60_000, withoutIdentity: 10_000 };

/** Most logins that one signature may cost: one, and one more where the process was replaced. */
const maxLogins = 2;

/**
 * Opens a module as a store; its process starts with the first listing.
 *
 * @param pins - shared by stores that may see the same token
 */
export function openPkcs11Store(
  search: Pkcs11Uri,
  settings: StoreSettings,
  pins = new PinGuard(settings.pinFile ?? search.pinFile),
): CertificateStore {
  if (search.type !== undefined && search.type !== 'cert' && search.type !== 'private') {
    throw new KeystoreError('store_uri_invalid', {
      message: `The PKCS#11 URI asks for objects of type "${search.type}"; a store of certificates has type=cert, or no type.`,
    });
  }
  return new Pkcs11Store(search, settings, pins);
}

/** The module and the process that it runs in. */
interface HostedModule extends Pkcs11Module {
  readonly file: ModuleFile;
  readonly process: HostedProcess;
}

class Pkcs11Store implements CertificateStore {
  readonly uri: string;
  readonly kind = 'pkcs11';
  readonly #search: Pkcs11Uri;
  readonly #logger: Logger;
  readonly #timeouts: StoreTimeouts;
  readonly #pins: PinGuard;
  readonly #clock: Clock;
  /** When the module was last initialised for a listing, in milliseconds since 1970. */
  #freshAt: number | undefined;
  #module: Promise<HostedModule> | undefined;
  #closed = false;

  constructor(search: Pkcs11Uri, settings: StoreSettings, pins: PinGuard) {
    this.uri = settings.uri;
    this.#search = search;
    this.#logger = settings.logger ?? silentLogger;
    this.#timeouts = { ...defaultStoreTimeouts, ...settings.timeouts };
    this.#pins = pins;
    this.#clock = settings.clock ?? systemClock;
  }

  async list(): Promise<StoreListing> {
    const { file, process } = await this.#open();
    if (await file.hasChanged()) process.replaceWhenIdle();
    const now = this.#clock.now().getTime();
    this.#freshAt ??= now;
    const age = Math.abs(now - this.#freshAt);
    if (age >= freshForMs.withIdentity) return this.#lookAfresh(now);
    const listing = await this.#look();
    const hasIdentity = listing.certificates.some(({ key }) => key !== undefined);
    return hasIdentity || age < freshForMs.withoutIdentity ? listing : this.#lookAfresh(now);
  }

  #lookAfresh(now: number): Promise<StoreListing> {
    this.#freshAt = now;
    return this.#look({ afresh: true });
  }

  async #look({ afresh = false } = {}): Promise<StoreListing> {
    const report = await this.#report(tokenSearch(this.#search), afresh);
    const problems: StoreProblem[] = report.problems.map(({ slot, message }) => ({
      location: slot === '' ? this.uri : `${this.uri} (slot ${slot})`,
      code: 'store_unavailable',
      message,
    }));
    if (report.tokens.length === 0 && problems.length === 0) {
      problems.push({
        location: this.uri,
        code: 'token_not_present',
        message: 'The module shows no token that this URI matches.',
      });
    }
    const module = await this.#open();
    const certificates: StoredCertificate[] = [];
    const waiting = report.tokens.filter((token) => wantsLogin(token, this.#search));
    for (const shown of report.tokens) {
      const { token, refusal } = waiting.includes(shown)
        ? await this.#logInForListing(shown, waiting.length)
        : { token: shown, refusal: undefined };
      const entries = tokenEntries(token, {
        search: this.#search,
        module,
        library: report.library,
        refusal,
        request: (request, alwaysAuthenticate) => this.#sign(request, alwaysAuthenticate),
      });
      certificates.push(...entries.certificates);
      problems.push(...entries.problems);
    }
    return { certificates, problems };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const module = await this.#module?.catch(() => undefined);
    await module?.process.close();
  }

  /** @param candidates - how many tokens of this store want a login: one PIN fits only one token */
  async #logInForListing(
    token: TokenReport,
    candidates: number,
  ): Promise<{ token: TokenReport; refusal: KeystoreError | undefined }> {
    try {
      if (candidates > 1) {
        throw new KeystoreError('pin_required', {
          message: `The store’s URI matches ${candidates} tokens that want a PIN, and a wrong PIN may lock a token: add token= or serial= to the URI to say whose PIN it is.`,
        });
      }
      const { label, ...rest } = token.name;
      for (let logins = 1; ; logins++) {
        await this.#login(token.name, token.flags);
        const again = await this.#report({ token: label, ...rest });
        const [shown] = again.tokens;
        if (shown === undefined) throw new KeystoreError('token_not_present');
        // A report that initialises the module anew ends the login.
        if (shown.loggedIn || logins === maxLogins) return { token: shown, refusal: undefined };
      }
    } catch (error) {
      if (!(error instanceof KeystoreError) || error.code === 'store_closed') throw error;
      return { token, refusal: error };
    }
  }

  async #sign(
    request: Omit<SignRequest, 'pin'>,
    alwaysAuthenticate: boolean,
  ): Promise<TokenSignature> {
    for (let logins = 0; ; logins++) {
      const ask = (pin: string | undefined): Promise<SignResult> =>
        this.#call('sign', { ...request, pin }, this.#timeouts.signMs) as Promise<SignResult>;
      const result = alwaysAuthenticate
        ? await this.#pins.withPin(request.token, ask)
        : await ask(undefined);
      if ('signature' in result) return result;
      if (logins === maxLogins) throw new KeystoreError('key_not_permitted');
      await this.#login(request.token, result.flags);
    }
  }

  /** @param flags - CKF_* of the token info, for what must not even be tried */
  async #login(token: TokenName, flags: number): Promise<void> {
    if ((flags & tokenFlags.protectedAuthenticationPath) !== 0) {
      throw new KeystoreError('user_interaction_required');
    }
    await this.#pins.withPin(token, (pin) =>
      this.#call('login', { token, pin }, this.#timeouts.listMs),
    );
    this.#logger.debug('Logged in to a token', { store: this.uri, token: token.label });
  }

  async #report(search: TokenSearch, afresh = false): Promise<ModuleReport> {
    const request: ReportRequest = { search, afresh };
    return (await this.#call('report', request, this.#timeouts.listMs)) as ModuleReport;
  }

  async #call(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    const { process } = await this.#open();
    return process.call(method, params, timeoutMs);
  }

  #open(): Promise<HostedModule> {
    if (this.#closed) return Promise.reject(new KeystoreError('store_closed'));
    this.#module ??= this.#startModule();
    return this.#module;
  }

  async #startModule(): Promise<HostedModule> {
    try {
      const modulePath = await findModule(this.#search);
      const { initArgs } = this.#search;
      const process = new HostedProcess({
        start: nodeChildStarter(this.uri, this.#logger),
        open: { service: 'pkcs11', settings: { modulePath, initArgs } },
        openTimeoutMs: this.#timeouts.openMs,
        name: this.uri,
        logger: this.#logger,
      });
      return { modulePath, initArgs, file: new ModuleFile(modulePath), process };
    } catch (error) {
      // The module may be installed later.
      this.#module = undefined;
      throw error;
    }
  }
}

function tokenSearch(uri: Pkcs11Uri): TokenSearch {
  const { token, manufacturer, model, serial } = uri;
  const { slotDescription, slotManufacturer, slotId } = uri;
  const { libraryDescription, libraryManufacturer, libraryVersion } = uri;
  return {
    ...{ token, manufacturer, model, serial },
    ...{ slotDescription, slotManufacturer, slotId },
    ...{ libraryDescription, libraryManufacturer, libraryVersion },
  };
}
