/** A native store that a test holds in its hands. */
import type {
  NativeCertificate,
  NativeCertificateStore,
  NativeFailure,
  NativeListing,
  NativeStoreStatus,
} from '../../src/native/index.ts';

/** An Error as the addon makes it. */
export function nativeError(failure: Partial<NativeFailure>): Error {
  const { facility = 'countersign', code = 1, api = '', message = '' } = failure;
  return Object.assign(new Error(message), { facility, code, api });
}

/** What a fake answers to a signature: bytes, a failure, or never. */
export type SignAnswer = Uint8Array | NativeFailure | 'never';

/** Answers with what it is told, and rejects what is pending when it is closed, as the addon does. */
export class FakeNativeStore implements NativeCertificateStore {
  stores: NativeStoreStatus[] = [{ name: 'CurrentUser\\MY' }, { name: 'LocalMachine\\MY' }];
  certificates: NativeCertificate[] = [];
  answer: (algorithm: string, digest: Uint8Array) => SignAnswer = () => 'never';
  closed = false;
  /** Tells the listener that something has changed. */
  change: (() => void) | undefined;
  readonly #pending = new Set<(error: Error) => void>();

  list(): Promise<NativeListing> {
    return this.#unlessClosed({ stores: this.stores, certificates: this.certificates });
  }

  sign(
    _store: string,
    _certificate: Uint8Array,
    algorithm: string,
    digest: Uint8Array,
  ): Promise<Uint8Array> {
    const answer = this.answer(algorithm, digest);
    if (answer === 'never') {
      return new Promise((_resolve, reject) => {
        this.#pending.add(reject);
      });
    }
    if ('facility' in answer) return Promise.reject(nativeError(answer));
    return this.#unlessClosed(answer);
  }

  watch(changed: () => void): Promise<boolean> {
    this.change = changed;
    return this.#unlessClosed(true);
  }

  close(): void {
    this.closed = true;
    for (const reject of this.#pending) reject(nativeError({ code: 5 }));
    this.#pending.clear();
  }

  #unlessClosed<T>(value: T): Promise<T> {
    return this.closed ? Promise.reject(nativeError({ code: 5 })) : Promise.resolve(value);
  }
}
