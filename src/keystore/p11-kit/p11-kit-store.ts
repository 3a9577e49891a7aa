/**
 * The `p11-kit:` store: every PKCS#11 module that is registered with p11-kit, each in a process of its
 * own. p11-kit's own proxy module would load them all into one, where one that hangs or crashes takes
 * the others with it; here it costs itself alone.
 */
import type { CertificateStore, StoreListing, StoreProblem } from '../certificate-store.ts';
import { KeystoreError } from '../errors.ts';
import { openPkcs11Store } from '../pkcs11/pkcs11-store.ts';
import { withModule } from '../pkcs11/pkcs11-location.ts';
import type { Pkcs11Uri } from '../pkcs11/pkcs11-uri.ts';
import { PinGuard } from '../pkcs11/pin-guard.ts';
import type { StoreSettings } from '../store-settings.ts';
import {
  defaultP11KitPlaces,
  readModuleList,
  type P11KitPlaces,
  type RegisteredModule,
} from './module-list.ts';

/**
 * How long a sweep waits for a module, in milliseconds. Nobody chose these modules one by one, so one
 * that is stuck must not hold every sign-in for as long as a module may take.
 */
const defaultPatienceMs = 5000;

/**
 * Opens the store; nothing is read before the first listing.
 *
 * @param search - narrows what is listed; names no module
 * @throws KeystoreError `store_uri_invalid` where there is a PIN and no telling whose it is
 */
export function openP11KitStore(
  search: Pkcs11Uri,
  settings: StoreSettings,
  places: P11KitPlaces = defaultP11KitPlaces(),
  patienceMs = defaultPatienceMs,
): CertificateStore {
  const pinFile = settings.pinFile ?? search.pinFile;
  if (pinFile !== undefined && search.token === undefined && search.serial === undefined) {
    throw new KeystoreError('store_uri_invalid', {
      message:
        'A p11-kit: store with a PIN file must say whose PIN it is, since a wrong PIN may lock a token: add token= or serial= to the URI.',
    });
  }
  // One guard: a token that two modules show is shown a wrong PIN once.
  return new P11KitStore(search, settings, places, patienceMs, new PinGuard(pinFile));
}

/** A module's store, and the listing that it is at. */
interface ModuleStore {
  readonly store: CertificateStore;
  listing: Promise<StoreListing> | undefined;
  /** It kept a sweep waiting in vain; nobody waits for it until it has answered. */
  late: boolean;
}

class P11KitStore implements CertificateStore {
  readonly uri: string;
  readonly kind = 'p11-kit';
  readonly #search: Pkcs11Uri;
  readonly #settings: StoreSettings;
  readonly #places: P11KitPlaces;
  readonly #patienceMs: number;
  readonly #pins: PinGuard;
  /** By path and by what the module is initialised with. */
  readonly #modules = new Map<string, ModuleStore>();
  readonly #watchers = new Set<() => void>();
  #closed = false;

  constructor(
    search: Pkcs11Uri,
    settings: StoreSettings,
    places: P11KitPlaces,
    patienceMs: number,
    pins: PinGuard,
  ) {
    this.uri = settings.uri;
    this.#search = search;
    this.#settings = settings;
    this.#places = places;
    this.#patienceMs = patienceMs;
    this.#pins = pins;
  }

  async list(): Promise<StoreListing> {
    const { modules, problems } = await readModuleList(this.#places);
    if (this.#closed) throw new KeystoreError('store_closed');
    const stores = modules.map((module) => this.#storeOf(module));
    await this.#closeAllBut(stores);
    const listings = await Promise.all(stores.map((module) => this.#listingOf(module)));
    if (this.#isClosed()) throw new KeystoreError('store_closed');
    return this.#merge(listings, problems);
  }

  /** Tells when a module has answered that a listing went on without. */
  watch(changed: () => void): () => void {
    // One of its own: the same function may watch twice.
    const watcher = (): void => {
      changed();
    };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#watchers.clear();
    await this.#closeAllBut([]);
  }

  #isClosed(): boolean {
    return this.#closed;
  }

  /** A module without a token (a reader without a card) is nothing to report while another has one. */
  #merge(listings: readonly StoreListing[], problems: readonly StoreProblem[]): StoreListing {
    const certificates = listings.flatMap((listing) => listing.certificates);
    const found = listings.flatMap((listing) => listing.problems);
    const others = [...problems, ...found.filter(({ code }) => code !== 'token_not_present')];
    if (certificates.length > 0 || others.length > 0) return { certificates, problems: others };
    const message =
      listings.length === 0
        ? 'No PKCS#11 module is registered with p11-kit.'
        : 'No module that is registered with p11-kit shows a certificate that this URI matches.';
    return { certificates, problems: [{ location: this.uri, code: 'token_not_present', message }] };
  }

  #storeOf(module: RegisteredModule): ModuleStore {
    const { modulePath, initArgs } = module;
    const search = { ...this.#search, modulePath, ...(initArgs === undefined ? {} : { initArgs }) };
    const key = `${modulePath}\0${initArgs ?? ''}`;
    const known = this.#modules.get(key);
    if (known !== undefined) return known;
    const uri = withModule(this.uri, module);
    const store = openPkcs11Store(search, { ...this.#settings, uri }, this.#pins);
    const opened = { store, listing: undefined, late: false };
    this.#modules.set(key, opened);
    return opened;
  }

  async #closeAllBut(wanted: readonly ModuleStore[]): Promise<void> {
    const gone = [...this.#modules].filter(([, module]) => !wanted.includes(module));
    for (const [key] of gone) this.#modules.delete(key);
    await Promise.all(gone.map(([, { store }]) => store.close()));
  }

  /** A listing that is still under way is waited for, not asked for once more. */
  async #listingOf(module: ModuleStore): Promise<StoreListing> {
    module.listing ??= this.#list(module).finally(() => {
      const wasLate = module.late;
      module.listing = undefined;
      module.late = false;
      if (wasLate) for (const tell of this.#watchers) tell();
    });
    const patienceMs = module.late ? 0 : this.#patienceMs;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<StoreListing>((resolve) => {
      timer = setTimeout(() => {
        module.late = module.listing !== undefined;
        resolve({ certificates: [], problems: [overdueProblem(module.store.uri)] });
      }, patienceMs);
    });
    return Promise.race([module.listing, overdue]).finally(() => {
      clearTimeout(timer);
    });
  }

  async #list({ store }: ModuleStore): Promise<StoreListing> {
    try {
      return await store.list();
    } catch (error) {
      if (!(error instanceof KeystoreError)) throw error;
      const problem = { location: store.uri, code: error.code, message: error.message };
      return { certificates: [], problems: [problem] };
    }
  }
}

function overdueProblem(location: string): StoreProblem {
  return {
    location,
    code: 'store_timeout',
    message: 'This module has not answered yet; its certificates are left out until it does.',
  };
}
