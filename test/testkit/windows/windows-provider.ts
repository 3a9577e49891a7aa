/** Fills the personal store of a Windows process for the contract suite. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StoreProvider } from '../../contract/certificate-store.contract.ts';
import { makeScratchDirectory } from '../scratch-directory.ts';
import { derExtension, TestCa, type TestCertificate, type TestKeyType } from '../test-ca.ts';
import { RemoteStore } from './remote-store.ts';
import { onWindows, WindowsHost } from './windows-host.ts';

/** The store that tests fill. */
export const userStore = 'CurrentUser\\MY';

const softwareProvider = 'Microsoft Software Key Storage Provider';
const basicConstraints = '2.5.29.19';

/** A Windows process with a CA beside it, and a directory of keys for the double of ncrypt.dll. */
export class WindowsFixture {
  readonly issuing: TestCa;
  readonly keys = path.join(makeScratchDirectory(), 'keys');
  readonly #issued = new Map<string, TestCertificate>();
  readonly #added: string[] = [];
  #host: WindowsHost | undefined;

  /** @param issuing - the CA of all certificates; one of its own unless told */
  constructor(issuing: TestCa = TestCa.root().issueCa()) {
    this.issuing = issuing;
  }

  get host(): WindowsHost {
    if (this.#host === undefined) throw new Error('not started');
    return this.#host;
  }

  async start(): Promise<void> {
    mkdirSync(this.keys);
    this.#host = await WindowsHost.start(this.keys);
  }

  async stop(): Promise<void> {
    // In Wine, the whole Windows goes.
    if (onWindows) await this.clear();
    await this.#host?.stop();
    rmSync(path.dirname(this.keys), { recursive: true, force: true });
  }

  open(uri = 'windows:'): RemoteStore {
    return new RemoteStore(this.host, { uri });
  }

  issued(label: string): TestCertificate {
    const certificate = this.#issued.get(label);
    if (certificate === undefined) throw new Error(`no ${label}`);
    return certificate;
  }

  /** A certificate whose key is in a CNG container of the double. */
  async addCngIdentity(
    label: string,
    keyType: TestKeyType,
    options: {
      readonly provider?: string;
      readonly settings?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<TestCertificate> {
    const leaf = this.issuing.issue({ keyType, commonName: label });
    this.#issued.set(label, leaf);
    this.writeKey(label, leaf.keyPem, options.settings);
    await this.add(leaf.der, label, label, options.provider);
    return leaf;
  }

  /** A certificate whose RSA key went in by a PFX file, and so into CryptoAPI. */
  addCapiIdentity(label: string): Promise<TestCertificate> {
    return this.importPfx(label, 'rsa2048', 0);
  }

  /**
   * A certificate whose key went in by a PFX file and cannot be exported.
   *
   * @param flags - of PFXImportCertStore
   */
  async importPfx(label: string, keyType: TestKeyType, flags: number): Promise<TestCertificate> {
    const leaf = this.issuing.issue({ keyType, commonName: label });
    this.#issued.set(label, leaf);
    const pfx = makePfx(leaf).toString('base64');
    this.#added.push(leaf.der.toString('base64'));
    await this.host.call('importPfx', [userStore, pfx, 'secret', label, flags]);
    return leaf;
  }

  /** Takes away all that this fixture has added, and nothing else. */
  async clear(): Promise<void> {
    for (const der of this.#added.splice(0)) {
      await this.host.call('remove', [userStore, der]);
    }
  }

  /** Adds a certificate; with a container it names a key of a CNG provider. */
  async add(der: Uint8Array, label: string, container?: string, provider?: string): Promise<void> {
    await this.addWithKey(der, label, container && cngKey(container, provider));
  }

  /** @param key - where its key is, as the host's `keyInfo` tells of another's */
  async addWithKey(der: Uint8Array, label: string, key: unknown): Promise<void> {
    await this.addAll([der], label, key);
  }

  /** Adds certificates that share a label and, where there is one, a key. */
  async addAll(ders: readonly Uint8Array[], label: string, key: unknown): Promise<void> {
    const texts = ders.map((der) => Buffer.from(der).toString('base64'));
    this.#added.push(...texts);
    await this.host.call('addCertificates', [userStore, texts, label, key]);
  }

  /** Where the key of a certificate is. */
  keyInfo(label: string): Promise<unknown> {
    const der = this.issued(label).der.toString('base64');
    return this.host.call('keyInfo', [userStore, der]);
  }

  writeKey(container: string, pem: string, settings?: Readonly<Record<string, string>>): void {
    writeFileSync(path.join(this.keys, `${container}.pem`), pem);
    if (settings === undefined) return;
    const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\r\n`);
    writeFileSync(path.join(this.keys, `${container}.ini`), `[key]\r\n${lines.join('')}`);
  }

  removeKey(container: string): void {
    rmSync(path.join(this.keys, `${container}.pem`));
  }

  /** For the contract suite, with the double of CNG: keys are files. */
  provider(addRsa: (label: string) => Promise<unknown>): StoreProvider {
    return {
      start: () => this.start(),
      stop: () => this.stop(),
      open: () => this.open(),
      addIdentity: async (label, keyType) => {
        await (keyType === 'rsa2048' ? addRsa(label) : this.addCngIdentity(label, keyType));
      },
      addRenewal: (label, of) => {
        const { publicKey } = this.issued(of);
        return this.add(this.issuing.issue({ publicKey, commonName: label }).der, label, of);
      },
      addCertificateWithoutKey: (label) => this.add(this.issuing.issue().der, label),
      addKeyWithoutCertificate: (label) => {
        this.writeKey(label, this.issuing.issue().keyPem);
      },
      addUnreadableCertificate: (label) => this.add(this.unreadable(), label),
      addMismatch: (label) => {
        this.writeKey(label, this.issuing.issue().keyPem);
        return this.add(this.issuing.issue().der, label, label);
      },
      addIssuer: (label) => this.add(this.issuing.certificate.der, label),
      removeKey: (label) => {
        this.removeKey(label);
      },
    };
  }

  /**
   * For the contract suite, with Windows' own providers: keys come in PFX files.
   *
   * @param flags - of PFXImportCertStore: which provider gets them
   */
  realProvider(flags: number): StoreProvider {
    return {
      ...this.provider((label) => this.importPfx(label, 'rsa2048', flags)),
      addIdentity: async (label, keyType) => {
        await this.importPfx(label, keyType, flags);
      },
      addRenewal: async (label, of) => {
        const { publicKey } = this.issued(of);
        const renewed = this.issuing.issue({ publicKey, commonName: label });
        await this.addWithKey(renewed.der, label, await this.keyInfo(of));
      },
      addKeyWithoutCertificate: async (label) => {
        const { der } = await this.importPfx(label, 'p256', flags);
        await this.host.call('forget', [userStore, der.toString('base64')]);
      },
      addMismatch: async (label) => {
        const key = await this.keyInfo('p256');
        await this.addWithKey(this.issuing.issue().der, label, key);
      },
      removeKey: async (label) => {
        const der = this.issued(label).der.toString('base64');
        await this.host.call('removeKey', [userStore, der]);
      },
    };
  }

  /** Windows reads it; RFC 5280 section 4.2 allows no extension twice. */
  unreadable(): Buffer {
    const twice = derExtension(basicConstraints, false, Buffer.of(0x30, 0x00));
    return this.issuing.issue({ extraExtensions: [twice, twice] }).der;
  }
}

/** A key of a CNG provider, as `keyInfo` tells of it. */
export function cngKey(container: string, provider = softwareProvider): object {
  return { container, provider, providerType: 0, keySpec: 0 };
}

/** In the old form, which every Windows and Wine reads. */
function makePfx(leaf: TestCertificate): Buffer {
  return execFileSync(
    'openssl',
    [
      ...['pkcs12', '-export', '-passout', 'pass:secret', '-macalg', 'sha1'],
      ...['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES'],
    ],
    { input: leaf.keyPem + leaf.pem },
  );
}
