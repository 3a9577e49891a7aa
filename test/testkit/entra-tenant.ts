/**
 * A Microsoft Entra tenant, as far as an external authentication method meets it: discovery document
 * and keys over HTTP, and the ID tokens that it sends along as hints.
 */
import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT, type JWTPayload } from 'jose';

/** What a hint says otherwise than it should. */
export interface HintChanges {
  readonly claims?: JWTPayload;
  /** Signs in place of the tenant's key. */
  readonly key?: KeyObject;
  readonly algorithm?: string;
}

/** A tenant on a free port. */
export class EntraTenant {
  readonly tenant = randomUUID();
  readonly appId = randomUUID();
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #server: Server;
  /** Requests that were answered, by path. */
  readonly requests: string[] = [];
  authority = '';

  private constructor() {
    this.#server = createServer((request, response) => {
      const path = request.url ?? '';
      this.requests.push(path);
      void this.#answer(path).then((body) => {
        response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body ?? {}));
      });
    });
  }

  static async start(): Promise<EntraTenant> {
    const tenant = new EntraTenant();
    await new Promise<void>((resolve) => tenant.#server.listen(0, '127.0.0.1', resolve));
    tenant.authority = `http://127.0.0.1:${(tenant.#server.address() as AddressInfo).port}`;
    return tenant;
  }

  get issuer(): string {
    return `${this.authority}/${this.tenant}/v2.0`;
  }

  /** The hint for a person: issued as expired, as the tenant does. */
  hint(now: Date, { claims, key, algorithm = 'RS256' }: HintChanges = {}): Promise<string> {
    const issuedAt = Math.floor(now.getTime() / 1000);
    return new SignJWT({
      ver: '2.0',
      iss: this.issuer,
      sub: 'mBfcvuhSHkDWVgV72x2ruIYdSsPSvcj2R0qfc6mGEAA',
      aud: this.appId,
      exp: issuedAt - 1,
      iat: issuedAt,
      nbf: issuedAt,
      name: 'Alex Example',
      preferred_username: 'alex@example.com',
      oid: randomUUID(),
      tid: this.tenant,
      ...claims,
    })
      .setProtectedHeader({ typ: 'JWT', alg: algorithm, kid: 'tenant-key' })
      .sign(key ?? this.#keys.privateKey);
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.closeAllConnections();
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #answer(path: string): Promise<unknown> {
    const base = `/${this.tenant}`;
    if (path === `${base}/v2.0/.well-known/openid-configuration`) {
      return { issuer: this.issuer, jwks_uri: `${this.authority}${base}/discovery/v2.0/keys` };
    }
    if (path !== `${base}/discovery/v2.0/keys`) return undefined;
    const jwk = await exportJWK(this.#keys.publicKey);
    return { keys: [{ ...jwk, kid: 'tenant-key', use: 'sig' }] };
  }
}
