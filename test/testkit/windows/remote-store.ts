/** A certificate store of a Windows process, as the contract suite sees it. */
import {
  KeystoreError,
  keystoreErrors,
  type CertificateStore,
  type KeyDescription,
  type StoredCertificate,
  type StoreListing,
  type StoreProblem,
  type StoreSettings,
} from '../../../src/keystore/index.ts';
import type { SignatureAlgorithm } from '../../../src/core/index.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { WindowsHostError, type WindowsHost } from './windows-host.ts';

interface RemoteCertificate {
  readonly location: string;
  readonly label: string;
  readonly der: string;
  readonly chain: readonly string[];
  readonly key?: KeyDescription;
  readonly algorithms?: readonly SignatureAlgorithm[];
  readonly problem?: StoreProblem;
}

/** Passes everything on to a store that the Windows process opens. */
export class RemoteStore implements CertificateStore {
  readonly uri: string;
  readonly kind = 'windows';
  readonly #host: WindowsHost;
  readonly #id: Promise<unknown>;

  constructor(host: WindowsHost, settings: StoreSettings) {
    this.uri = settings.uri;
    this.#host = host;
    this.#id = host.call('open', settings);
  }

  async list(): Promise<StoreListing> {
    const listing = (await this.#call('list', await this.#id)) as {
      certificates: readonly RemoteCertificate[];
      problems: readonly StoreProblem[];
    };
    return {
      certificates: listing.certificates.map((remote) => this.#entry(remote)),
      problems: listing.problems,
    };
  }

  async close(): Promise<void> {
    await this.#call('close', await this.#id);
  }

  #entry(remote: RemoteCertificate): StoredCertificate {
    const { location, label, key, algorithms = [] } = remote;
    const certificate = parseCertificate(Buffer.from(remote.der, 'base64'));
    const chain = remote.chain.map((der) => Buffer.from(der, 'base64'));
    const stored = { location, label, certificate, chain };
    if (key === undefined) {
      if (remote.problem === undefined) throw new Error('neither key nor problem');
      return { ...stored, key, problem: remote.problem };
    }
    return {
      ...stored,
      // JSON has no undefined.
      key: { ...key, exportable: key.exportable },
      signer: {
        algorithms,
        sign: async (algorithm, message) => {
          const text = Buffer.from(message).toString('base64');
          const params = [await this.#id, location, algorithm, text];
          return Buffer.from((await this.#call('sign', params)) as string, 'base64');
        },
      },
    };
  }

  async #call(method: string, params: unknown): Promise<unknown> {
    try {
      return await this.#host.call(method, params);
    } catch (error) {
      if (!(error instanceof WindowsHostError)) throw error;
      const code = Object.keys(keystoreErrors).find((known) => known === error.code);
      if (code === undefined) throw error;
      throw new KeystoreError(code as keyof typeof keystoreErrors, { message: error.message });
    }
  }
}
