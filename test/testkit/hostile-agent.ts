/**
 * An agent that answers challenges as no honest agent would. It speaks the loopback interface to the
 * page, holds real keys, and makes its proofs with the protocol's own writer before it spoils them.
 */
import { createHash, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomUuid, systemRandom, type JsonObject } from '../../src/core/index.ts';
import {
  parseChallenge,
  parseChallengeDelivery,
  probeAnswer,
  proofMediaType,
  proofSigningInput,
} from '../../src/protocol/index.ts';
import type { TestCertificate } from './test-ca.ts';

/** What a proof is made of, and what is wrong with it. */
export interface Forgery {
  /** The challenge that is answered, a compact JWS. */
  readonly challengeRequest: string;
  /** The web origin that the proof names. */
  readonly origin: string;
  /** The certificates that the proof shows, device first. */
  readonly certificates: readonly [TestCertificate, ...TestCertificate[]];
  /** The key that signs; the device certificate's unless told. */
  readonly key?: KeyObject | undefined;
  /** Header members to set or, where undefined, to leave out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Claims to set or, where undefined, to leave out. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Makes a proof that is as it should be but for what the forgery says. ES256 throughout. */
export function forgeProof(forgery: Forgery): string {
  const { challengeRequest, certificates } = forgery;
  const [headerPart = '', claimsPart = ''] = honestSigningInput(forgery).split('.');
  const input = [
    encodeJson({ ...decodeJson(headerPart), ...forgery.header }),
    encodeJson({ ...decodeJson(claimsPart), ...forgery.claims }),
  ].join('.');
  const key = forgery.key ?? certificates[0].privateKey;
  if (key === undefined) throw new Error(`no key to answer ${challengeRequest} with`);
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

function honestSigningInput({ challengeRequest, origin, certificates }: Forgery): string {
  const { challenge } = parseChallenge(challengeRequest);
  const [leaf, ...others] = certificates.map(({ der }) => der);
  if (leaf === undefined) throw new Error('a proof shows at least one certificate');
  const issuedAt = Math.floor(Date.now() / 1000);
  return proofSigningInput(
    { algorithm: 'ES256', certificates: [leaf, ...others], leafThumbprint: sha256(leaf) },
    {
      agentInstance: `urn:uuid:${randomUuid(systemRandom)}`,
      audience: challenge.responseUri,
      nonce: challenge.nonce,
      id: randomUuid(systemRandom),
      issuedAt,
      expiresAt: issuedAt + 60,
      transaction: challenge.transaction,
      challengeHash: sha256(challengeRequest),
      origin,
      device: { platform: 'linux', osVersion: '12', hostname: 'hostile' },
      key: { store: 'file', protection: 'hardware', exportable: false },
      agentVersion: '0.0.0',
    },
  );
}

/** base64url SHA-256, as claims and thumbprints have it. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('base64url');
}

function decodeJson(part: string): JsonObject {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject;
}

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** What the server said to something that was posted. */
export interface PostAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** Posts a proof as an agent would. */
export async function postProof(challengeRequest: string, proof: string): Promise<PostAnswer> {
  const { challenge } = parseChallenge(challengeRequest);
  const response = await fetch(challenge.responseUri, {
    method: 'POST',
    headers: { 'content-type': proofMediaType },
    body: proof,
  });
  return { status: response.status, body: (await response.json()) as JsonObject };
}

/** Answers a challenge; what the server said last is passed on to the page. */
export type HostileAnswer = (challengeRequest: string) => Promise<PostAnswer>;

/** A running hostile agent. */
export class HostileAgent {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Starts it.
   *
   * @param port - where pages look for an agent
   * @param origin - the page's web origin
   * @param answer - gets each challenge
   */
  static async start(port: number, origin: string, answer: HostileAnswer): Promise<HostileAgent> {
    const server = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-allow-headers', 'content-type');
      if (request.method === 'OPTIONS') response.writeHead(204).end();
      else if (request.method === 'GET') sendJson(response, 200, probeAnswer);
      else void deliver(request, response, answer);
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new HostileAgent(server);
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HostileAnswer,
): Promise<void> {
  const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  const said = await answer(parseChallengeDelivery(body));
  sendJson(response, said.status, said.body);
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
