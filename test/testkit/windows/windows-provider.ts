/** Fills the personal store of a Windows process for the contract suite. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { StoreProvider } from '../../contract/certificate-store.contract.ts';
import { makeScratchDirectory } from '../scratch-directory.ts';
import { derExtension, TestCa, type TestCertificate, type TestKeyType } from '../test-ca.ts';
import { RemoteStore } from './remote-store.ts';
import { WindowsHost } from './windows-host.ts';

/** The store that tests fill. */
export const userStore = 'CurrentUser\\MY';

const softwareProvider = 'Microsoft Software Key Storage Provider';
const basicConstraints = '2.5.29.19';

/** A Windows process with a CA beside it, and a directory of keys for the double of ncrypt.dll. */
export class WindowsFixture {
  readonly issuing: TestCa;
  readonly keys = path.join(makeScratchDirectory(), 'keys');
  readonly #issued = new Map<string, TestCertificate>();
  #host: WindowsHost | undefined;

  /** @param issuing - the CA of all certificates; one of its own unless told */
  constructor(issuing: TestCa = TestCa.root().issueCa()) {
    this.issuing = issuing;
  }

  get host(): WindowsHost {
    if (this.#host === undefined) throw new Error('not started');
    return this.#host;
  }

  /** @param double - whether CNG is the double's */
  async start(double: boolean): Promise<void> {
    mkdirSync(this.keys);
    this.#host = await WindowsHost.start(double ? { keys: this.keys } : {});
  }

  async stop(): Promise<void> {
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

  /** A certificate whose RSA key went in by a PFX file, and so into CryptoAPI where that is Wine's. */
  async addCapiIdentity(label: string): Promise<TestCertificate> {
    const leaf = this.issuing.issue({ keyType: 'rsa2048', commonName: label });
    this.#issued.set(label, leaf);
    const pfx = makePfx(leaf).toString('base64');
    await this.host.call('importPfx', [userStore, pfx, 'secret', label, 0]);
    return leaf;
  }

  /** Adds a certificate; with a container it names a key. */
  async add(der: Uint8Array, label: string, container?: string, provider?: string): Promise<void> {
    const key =
      container === undefined
        ? undefined
        : { container, provider: provider ?? softwareProvider, providerType: 0, keySpec: 0 };
    const text = Buffer.from(der).toString('base64');
    await this.host.call('addCertificate', [userStore, text, label, key]);
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

  /** A provider for the contract suite. */
  provider(addRsa: (label: string) => Promise<unknown>): StoreProvider {
    return {
      start: () => this.start(true),
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

  /** Windows reads it; RFC 5280 section 4.2 allows no extension twice. */
  unreadable(): Buffer {
    const twice = derExtension(basicConstraints, false, Buffer.of(0x30, 0x00));
    return this.issuing.issue({ extraExtensions: [twice, twice] }).der;
  }
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
