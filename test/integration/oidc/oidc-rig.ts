/** The server with its OpenID provider and registered clients, and a device that signs in through it. */
import { createHash, randomBytes } from 'node:crypto';
import * as client from 'openid-client';
import { systemRandom, type JsonObject } from '../../../src/core/index.ts';
import type { TransactionStart, TransactionStatus } from '../../../src/protocol/index.ts';
import {
  createSigningKeys,
  openidKeys,
  type ServerOptions,
  type Storage,
} from '../../../src/server/index.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { ServerRig } from '../server/server-rig.ts';
import { CookieBrowser, type Arrival } from './cookie-browser.ts';

type StoredApplication = Parameters<Storage['applications']['add']>[0];

/** A registered application: `settings` as an object, and the secret that it was given. */
export type ApplicationTerms = Partial<Omit<StoredApplication, 'settings'>> & {
  readonly settings?: JsonObject;
  readonly secret?: string;
};

/** Where the client's users come back to. */
export const redirectUri = 'http://127.0.0.1:9/callback';

/** A server, and what talks to it. */
export class OidcRig {
  readonly server: ServerRig;
  readonly device: TestDevice;

  private constructor(server: ServerRig) {
    this.server = server;
    this.device = new TestDevice(server.issuing.issue({ commonName: 'laptop-7' }), server.issuing);
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<OidcRig> {
    return new OidcRig(await ServerRig.start(options));
  }

  /** The OpenID issuer. */
  get issuer(): string {
    return `${this.server.issuer}/oidc`;
  }

  /** Registers an application; a confidential client with its secret unless told. */
  async register({ settings = {}, secret, ...terms }: ApplicationTerms = {}): Promise<string> {
    const clientSecret = secret ?? randomBytes(32).toString('base64url');
    await this.server.storage.applications.add({
      id: 'example-app',
      name: 'Example App',
      kind: 'oidc',
      origins: [],
      redirectUris: [redirectUri],
      secretHash: createHash('sha256').update(clientSecret).digest('base64url'),
      settings: JSON.stringify(settings),
      disabled: false,
      createdAt: this.server.clock.now(),
      version: 1,
      ...terms,
    });
    return clientSecret;
  }

  /** The client's view of the provider, by discovery. */
  discover(
    secret: string,
    authentication?: client.ClientAuth,
    id = 'example-app',
  ): Promise<client.Configuration> {
    return client.discovery(new URL(this.issuer), id, secret, authentication, {
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the server is on loopback
      execute: [client.allowInsecureRequests],
    });
  }

  browser(): CookieBrowser {
    return new CookieBrowser(this.server.issuer);
  }

  /** Goes to an authorization URL. @returns the path of the sign-in page that it leads to */
  async openSignIn(browser: CookieBrowser, url: URL | string): Promise<string> {
    const { url: page, response } = await browser.visit(url);
    if (response.status !== 200 || !page.pathname.startsWith('/oidc/interaction/')) {
      throw new Error(`no sign-in page: ${page.href} ${response.status} ${await response.text()}`);
    }
    return page.pathname;
  }

  /** Starts the transaction of a sign-in page. */
  async startTransaction(browser: CookieBrowser, page: string): Promise<TransactionStart> {
    const response = await browser.call(`${page}/v1/challenges`, 'POST', {});
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as TransactionStart;
  }

  /** Lets the device prove itself. @returns the transaction */
  async prove(browser: CookieBrowser, page: string, device = this.device): Promise<string> {
    const { transaction, challengeRequest } = await this.startTransaction(browser, page);
    const proof = device.prove(challengeRequest, this.server.clock.now());
    await this.server.postProof(proof);
    return transaction;
  }

  async status(
    browser: CookieBrowser,
    page: string,
    transaction: string,
  ): Promise<TransactionStatus> {
    const response = await browser.fetch(`${page}/v1/transactions/${transaction}`);
    return (await response.json()) as TransactionStatus;
  }

  /** Has the server answer the client. @returns where the browser comes to */
  async finish(browser: CookieBrowser, page: string, transaction?: string): Promise<Arrival> {
    const body = transaction === undefined ? {} : { transaction };
    const response = await browser.call(`${page}/finish`, 'POST', body);
    if (!response.ok) throw new Error(await response.text());
    return browser.visit(((await response.json()) as { location: string }).location);
  }

  /** A whole sign-in. @returns where the browser comes to */
  async signIn(browser: CookieBrowser, url: URL | string, device = this.device): Promise<Arrival> {
    const page = await this.openSignIn(browser, url);
    return this.finish(browser, page, await this.prove(browser, page, device));
  }

  /** Makes a new key, as another process or the command line does. */
  async rotateKeys(): Promise<void> {
    const { storage, clock } = this.server;
    await createSigningKeys(storage.openidKeys, clock, openidKeys(systemRandom)).rotate(false);
    // By then the running server has looked at the storage again.
    clock.advance(6000);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
