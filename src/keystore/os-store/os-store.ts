/** The stores that an operating system has of its own, as the addon shows them. */
import { describeError, silentLogger, type Logger } from '../../core/index.ts';
import {
  loadNativeAddon,
  NativeAddonError,
  type NativeCertificate,
  type NativeCertificateStore,
  type NativeFailure,
} from '../../native/index.ts';
import { parseCertificate, type Certificate } from '../../pki/index.ts';
import type {
  CertificateStore,
  StoredCertificate,
  StoreKind,
  StoreListing,
  StoreProblem,
} from '../certificate-store.ts';
import { chainFor } from '../chain.ts';
import { KeystoreError } from '../errors.ts';
import { keystoreErrorOf } from '../os-status/os-status.ts';
import { defaultStoreTimeouts, type StoreSettings, type StoreTimeouts } from '../store-settings.ts';
import { NativeCalls } from './native-calls.ts';
import { algorithmsOf, OsSigner } from './os-signer.ts';
import { StoreWatch } from './store-watch.ts';

/** What differs from one operating system to the next. */
export interface OsStoreSystem {
  readonly kind: Extract<StoreKind, 'windows' | 'macos'>;
  /** @returns whether a place or a certificate in it is asked for; `der` is undefined for a place */
  wants(store: string, der: Uint8Array | undefined): boolean;
  /** @returns a URI that finds a place, or a certificate in it, again */
  locationOf(store: string, der: Uint8Array | undefined): string;
  /** @returns what a key's failure, found or met, means here where the general map says less */
  explainKey?(store: string, failure: NativeFailure): KeystoreError | undefined;
  /** @returns what a place's failure means here where the general map says less */
  explainPlace?(store: string, failure: NativeFailure): KeystoreError | undefined;
}

/** Opens the addon's store. @throws NativeAddonError */
export type OpenNativeStore = () => NativeCertificateStore;

/** As process.platform names them. */
const platforms = { windows: 'win32', macos: 'darwin' } as const;

/** @throws KeystoreError `store_unsupported`: each system's addon has its own stores only */
function openWithAddon(kind: OsStoreSystem['kind']): NativeCertificateStore {
  if (process.platform !== platforms[kind]) throw new KeystoreError('store_unsupported');
  return new (loadNativeAddon().CertificateStore)();
}

/** Opens an operating system's stores; nothing is loaded or read before the first listing. */
export function openOsStore(
  system: OsStoreSystem,
  settings: StoreSettings,
  open: OpenNativeStore = () => openWithAddon(system.kind),
): CertificateStore {
  return new OsStore(system, settings, open);
}

/** A certificate as listed, parsed. */
interface ListedCertificate {
  readonly item: NativeCertificate;
  readonly certificate: Certificate;
}

class OsStore implements CertificateStore {
  readonly uri: string;
  readonly kind: StoreKind;
  readonly #system: OsStoreSystem;
  readonly #timeouts: StoreTimeouts;
  readonly #logger: Logger;
  readonly #open: OpenNativeStore;
  readonly #calls: NativeCalls;
  readonly #watches = new Set<StoreWatch>();

  constructor(system: OsStoreSystem, settings: StoreSettings, open: OpenNativeStore) {
    this.uri = settings.uri;
    this.kind = system.kind;
    this.#system = system;
    this.#timeouts = { ...defaultStoreTimeouts, ...settings.timeouts };
    this.#logger = settings.logger ?? silentLogger;
    this.#open = open;
    this.#calls = new NativeCalls({
      open: () => openOrExplain(open),
      uri: settings.uri,
      logger: this.#logger,
    });
  }

  async list(): Promise<StoreListing> {
    const listing = await this.#calls.call(
      (store) => store.list(),
      this.#timeouts.listMs,
      'store_unavailable',
    );
    const problems: StoreProblem[] = [];
    const places = listing.stores.filter(({ name }) => this.#system.wants(name, undefined));
    for (const { name, failure } of places) {
      if (failure === undefined) continue;
      const { code, message } =
        this.#system.explainPlace?.(name, failure) ?? keystoreErrorOf(failure, 'store_unavailable');
      problems.push({ location: this.#system.locationOf(name, undefined), code, message });
    }
    if (places.length > 0 && problems.length === places.length) {
      throw new KeystoreError('store_unavailable', { message: problems[0]?.message });
    }
    const all = this.#parse(listing.certificates, problems);
    const pool = all.map(({ certificate }) => certificate);
    const certificates = all
      .filter(({ item }) => this.#system.wants(item.store, item.der))
      .map((listed) => this.#entry(listed, pool));
    this.#logger.debug('Listed the certificate stores of the system', {
      store: this.uri,
      certificates: certificates.length,
      problems: problems.length,
    });
    return { certificates, problems };
  }

  watch(changed: () => void): () => void {
    const watch = new StoreWatch(() => openOrExplain(this.#open), this.uri, this.#logger, changed);
    this.#watches.add(watch);
    return () => {
      this.#watches.delete(watch);
      watch.close();
    };
  }

  close(): Promise<void> {
    this.#calls.close();
    for (const watch of this.#watches) watch.close();
    return Promise.resolve();
  }

  #parse(items: readonly NativeCertificate[], problems: StoreProblem[]): ListedCertificate[] {
    return items.flatMap((item) => {
      try {
        return [{ item, certificate: parseCertificate(item.der) }];
      } catch (error) {
        if (this.#system.wants(item.store, item.der)) {
          problems.push({
            location: this.#system.locationOf(item.store, item.der),
            code: 'certificate_unreadable',
            message: `Certificate “${item.label}”: ${whyUnreadable(item, error)}`,
          });
        }
        return [];
      }
    });
  }

  #entry(
    { item, certificate }: ListedCertificate,
    pool: readonly Certificate[],
  ): StoredCertificate {
    const location = this.#system.locationOf(item.store, item.der);
    const chain = item.chain.length > 0 ? item.chain : chainFor(certificate, pool);
    const stored = { location, label: item.label, certificate, chain };
    const { key } = item;
    const algorithms = key === undefined ? [] : algorithmsOf(certificate, key);
    if (key === undefined || algorithms.length === 0) {
      const { code, message } = this.#whyNoKey(item);
      return { ...stored, key: undefined, problem: { location, code, message } };
    }
    const { provider, protection, exportable } = key;
    const signer = new OsSigner(certificate, algorithms, (algorithm, digest) =>
      this.#calls.call(
        (store) => store.sign(item.store, item.der, algorithm, digest),
        this.#timeouts.signMs,
        'signature_failed',
        (failure) => this.#system.explainKey?.(item.store, failure),
      ),
    );
    return { ...stored, key: { provider, protection, exportable }, signer };
  }

  #whyNoKey({ store, key, keyFailure }: NativeCertificate): KeystoreError {
    if (key !== undefined) {
      return new KeystoreError('algorithm_unsupported', {
        message: `The provider of this key (${key.provider}) makes no signatures that a device proof may have.`,
      });
    }
    if (keyFailure === undefined) return new KeystoreError('key_not_found');
    return (
      this.#system.explainKey?.(store, keyFailure) ??
      keystoreErrorOf(keyFailure, 'signature_failed')
    );
  }
}

/** Where the system gave no certificate at all, its own failure says more than the parser's. */
function whyUnreadable({ der, keyFailure }: NativeCertificate, error: unknown): string {
  return der.length === 0 && keyFailure !== undefined
    ? keystoreErrorOf(keyFailure, 'certificate_unreadable').message
    : describeError(error);
}

function openOrExplain(open: OpenNativeStore): NativeCertificateStore {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof NativeAddonError)) throw cause;
    const code = cause.code === 'native_addon_unneeded' ? 'store_unsupported' : 'store_unavailable';
    throw new KeystoreError(code, {
      message: code === 'store_unavailable' ? cause.message : undefined,
      cause,
    });
  }
}
