/**
 * An authentication server over real TLS, reduced to what an agent meets: it publishes its keys, signs
 * challenges, takes what is posted to it, and answers as the test says.
 */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, type JWK } from 'jose';
import { parseCertificate } from '../../src/pki/index.ts';
import {
  challengeClaims,
  challengeType,
  type Challenge,
  serverPaths,
} from '../../src/protocol/index.ts';
import { der, derExtension, type TestCa, type TestCertificate } from './test-ca.ts';

/** Something that was posted to the server. */
export interface Posted {
  readonly mediaType: string;
  readonly body: string;
}

/** An answer of the server. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Changes to a challenge before it is signed. */
export interface ChallengeChanges {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  /** Signs instead of the server's own key. */
  readonly key?: KeyObject;
  /** Issue time, in milliseconds since 1970. */
  readonly now?: number;
}

const serverAuth = '1.3.6.1.5.5.7.3.1';

/** A TLS certificate for this machine. */
export function localhostCertificate(ca: TestCa): TestCertificate {
  const names = der(0x30, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)));
  return ca.issue({
    commonName: 'localhost',
    extendedKeyUsage: [serverAuth],
    extraExtensions: [derExtension('2.5.29.17', false, names)],
  });
}

/** The server. */
export class AuthenticationServer {
  /** Web origin that its challenges may be delivered by. */
  readonly pageOrigin = 'https://login.example.test';
  readonly posted: Posted[] = [];
  /** Origins of the requests for a challenge so far. */
  readonly challengeOrigins: (string | undefined)[] = [];
  /** Answers a request for a challenge. */
  challengeAnswer: () => Promise<ServerAnswer> = async () => ({
    status: 200,
    body: JSON.stringify({ challengeRequest: await this.challengeRequest() }),
  });
  /** Requests for the key set so far. */
  keySetRequests = 0;
  /** Instead of the key set. */
  keySetAnswer: ServerAnswer | undefined;
  /** Answers a post; by default with a good verdict. */
  answer: (posted: Posted) => ServerAnswer | Promise<ServerAnswer> = () => this.verdict(true);
  readonly #server: Server;
  readonly #authorities: readonly TestCa[];
  #keyId = 'key-1';
  #key = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  private constructor(server: Server, authorities: readonly TestCa[]) {
    this.#server = server;
    this.#authorities = authorities;
  }

  /**
   * Starts it on a free port of 127.0.0.1.
   *
   * @param tls - its TLS certificate
   * @param authorities - the CAs that its challenges name
   */
  static async start(
    tls: TestCertificate,
    authorities: readonly TestCa[],
  ): Promise<AuthenticationServer> {
    const listener: { current?: RequestListener } = {};
    const https = createServer({ cert: tls.pem, key: tls.keyPem }, (request, response) => {
      listener.current?.(request, response);
    });
    const server = new AuthenticationServer(https, authorities);
    listener.current = (request, response) => {
      void server.#handle(request).then(({ status, headers, body }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      });
    };
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    return server;
  }

  get port(): number {
    return ((this.#server as HttpServer).address() as AddressInfo).port;
  }

  get issuer(): string {
    return `https://localhost:${this.port}`;
  }

  get responseUri(): string {
    return `${this.issuer}/v1/proofs`;
  }

  /** Replaces the key that challenges are signed with; the key set has only the new one. */
  rotateKey(keyId: string): void {
    this.#keyId = keyId;
    this.#key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  /** The published key set. */
  async keySet(): Promise<{ readonly keys: readonly JWK[] }> {
    const jwk = await exportJWK(this.#key.publicKey);
    return { keys: [{ ...jwk, kid: this.#keyId, alg: 'ES256', use: 'sig' }] };
  }

  /** What a challenge for a new transaction says. */
  challenge(now = Date.now()): Challenge {
    const issuedAt = Math.floor(now / 1000);
    const certificates = this.#authorities.map((ca) => parseCertificate(ca.certificate.der));
    return {
      issuer: this.issuer,
      transaction: randomBytes(16).toString('base64url'),
      nonce: randomBytes(32).toString('base64url'),
      issuedAt,
      expiresAt: issuedAt + 120,
      origins: [this.pageOrigin],
      responseUri: this.responseUri,
      authorityKeyIdentifiers: certificates.flatMap((c) => c.subjectKeyIdentifier ?? []),
      issuerNames: certificates.map((c) => c.subject.der),
      algorithms: ['ES256', 'ES384', 'ES512', 'PS256', 'RS256'],
    };
  }

  /** A signed challenge. */
  async challengeRequest(changes: ChallengeChanges = {}): Promise<string> {
    const claims = { ...challengeClaims(this.challenge(changes.now)), ...changes.claims };
    return new CompactSign(Buffer.from(JSON.stringify(claims)))
      .setProtectedHeader({
        alg: 'ES256',
        typ: challengeType,
        kid: this.#keyId,
        ...changes.header,
      })
      .sign(changes.key ?? this.#key.privateKey);
  }

  /** A ProofAnswer as the server's JSON. */
  verdict(managed: boolean, code = managed ? 'device_managed' : 'path_not_found'): ServerAnswer {
    const message = managed ? 'The device is managed.' : 'The device is not managed.';
    const body = JSON.stringify({ transaction: 'any', managed, code, message });
    return { status: 200, body };
  }

  /** Closing twice is harmless. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #handle(request: IncomingMessage): Promise<ServerAnswer> {
    if (request.method === 'GET') {
      this.keySetRequests++;
      return this.keySetAnswer ?? { status: 200, body: JSON.stringify(await this.keySet()) };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    if (request.url === serverPaths.challenges) {
      this.challengeOrigins.push(request.headers.origin);
      return this.challengeAnswer();
    }
    const posted = { mediaType: request.headers['content-type'] ?? '', body };
    this.posted.push(posted);
    return this.answer(posted);
  }
}
