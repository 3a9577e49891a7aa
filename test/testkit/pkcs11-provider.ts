/** Fills any PKCS#11 token with what the certificate stores' contract asks for. */
import type { KeyObject } from 'node:crypto';
import type { StoreProvider } from '../contract/certificate-store.contract.ts';
import { openCertificateStore } from '../../src/keystore/index.ts';
import { FakeClock } from './fake-clock.ts';
import type { Pkcs11Token, TokenKeyType } from './pkcs11-token.ts';
import { TestCa } from './test-ca.ts';

/** A token that can be opened as a store. */
export type StoreToken = Pkcs11Token & {
  readonly uri: string;
  readonly pinFile: string;
  dispose(): Promise<void> | void;
};

/** What a module cannot do, and what it does in its own way. */
export interface TokenTraits extends Pick<
  StoreProvider,
  'without' | 'rsaAlgorithms' | 'protection'
> {
  /** Whether keys may want a login before each signature. */
  readonly alwaysAuthenticates?: boolean;
  /** Whether it takes in certificates that are none. */
  readonly takesJunk?: boolean;
  /** Whether it reads its objects as it initialises, and sees no change of another process before. */
  readonly readsOnce?: boolean;
}

/** @param make - makes the token */
export function pkcs11Provider(
  make: () => Promise<StoreToken> | StoreToken,
  traits: TokenTraits = {},
): StoreProvider {
  const { alwaysAuthenticates = false, takesJunk = false, readsOnce = false, ...rest } = traits;
  const clock = new FakeClock();
  const filler = new TokenFiller(make);
  return {
    start: () => filler.start(),
    open: () =>
      openCertificateStore({ uri: filler.token.uri, pinFile: filler.token.pinFile, clock }),
    addIdentity: (label, keyType) => {
      filler.addIdentity(label, keyType as TokenKeyType);
    },
    addRenewal: (label, of) => {
      filler.addCertificate(label, filler.keyOf(of));
    },
    addCertificateWithoutKey: (label) => {
      filler.addCertificate(label, { id: filler.newId() });
    },
    addKeyWithoutCertificate: (label) => {
      filler.token.generateKey({ id: filler.newId(), label, type: 'p256' });
    },
    addMismatch: (label) => {
      const id = filler.newId();
      filler.token.generateKey({ id, label, type: 'p256' });
      filler.token.remove('PUBLIC_KEY', id);
      filler.addCertificate(label, { id });
    },
    addIssuer: (label) => {
      filler.token.writeCertificate(filler.newId(), label, filler.issuing.certificate);
    },
    removeKey: (label) => {
      filler.token.remove('PRIVATE_KEY', filler.keyOf(label).id);
    },
    ...(takesJunk && {
      addUnreadableCertificate: (label: string): void => {
        filler.token.writeCertificate(filler.newId(), label, { der: Buffer.of(0x30, 0x00) });
      },
    }),
    ...(alwaysAuthenticates && {
      addAlwaysAuthenticate: (label: string): void => {
        filler.addIdentity(label, 'p256', true);
      },
    }),
    ...(readsOnce && {
      settle: (): void => {
        clock.advance(15 * 60_000);
      },
    }),
    stop: () => filler.token.dispose(),
    ...rest,
  };
}

class TokenFiller {
  readonly issuing = TestCa.root().issueCa();
  readonly #make: () => Promise<StoreToken> | StoreToken;
  readonly #keys = new Map<string, { id: string; publicKey: KeyObject }>();
  #token: StoreToken | undefined;
  #nextId = 1;

  constructor(make: () => Promise<StoreToken> | StoreToken) {
    this.#make = make;
  }

  get token(): StoreToken {
    if (this.#token === undefined) throw new Error('the token has not been made');
    return this.#token;
  }

  async start(): Promise<void> {
    this.#token = await this.#make();
  }

  newId(): string {
    return (this.#nextId++).toString(16).padStart(4, '0');
  }

  keyOf(label: string): { id: string; publicKey: KeyObject } {
    const key = this.#keys.get(label);
    if (key === undefined) throw new Error(`no ${label}`);
    return key;
  }

  addIdentity(label: string, type: TokenKeyType, alwaysAuthenticate = false): void {
    const id = this.newId();
    const publicKey = this.token.generateKey({ id, label, type, alwaysAuthenticate });
    this.#keys.set(label, { id, publicKey });
    this.addCertificate(label, { id, publicKey });
  }

  /** Where no key is given, the certificate is of one that is nowhere. */
  addCertificate(label: string, { id, publicKey }: { id: string; publicKey?: KeyObject }): void {
    const key = publicKey === undefined ? {} : { publicKey };
    this.token.writeCertificate(id, label, this.issuing.issue({ ...key, commonName: label }));
  }
}
