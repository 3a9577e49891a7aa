/** What a server is told, in plain objects; src/cli reads it from settings. */
import {
  signatureAlgorithms,
  silentLogger,
  systemClock,
  systemRandom,
  type Clock,
  type Logger,
  type RandomSource,
  type SignatureAlgorithm,
} from '../core/index.ts';
import {
  defaultLoopbackPorts,
  isLoopbackHost,
  parseOrigin,
  parseServerUrl,
  protocolLimits,
} from '../protocol/index.ts';
import { ServerError } from './errors.ts';
import { defaultRevocationOptions, type RevocationOptions } from './revocation/index.ts';
import type { Storage } from './storage/index.ts';

/** Bounds on what clients may ask for. */
export interface ServerLimits {
  /** Started transactions per minute and network address. */
  readonly challengesPerMinute: number;
  /** Proofs and declines per minute and network address. */
  readonly proofsPerMinute: number;
  /** All other requests per minute and network address. */
  readonly requestsPerMinute: number;
  /** Transactions, and OpenID Connect sign-ins, pending at a time; beyond it, the oldest expire. */
  readonly pendingTransactions: number;
  /** How long a request's headers and body may take to arrive, in milliseconds. */
  readonly requestTimeout: number;
  /** How long a connection may stand still while a request is served on it, in milliseconds. */
  readonly stallTimeout: number;
  /** How long requests under way may take to finish when the server stops, in milliseconds. */
  readonly stopTimeout: number;
}

/** Limits where nothing else is said. */
export const defaultServerLimits: ServerLimits = {
  challengesPerMinute: 600,
  proofsPerMinute: 600,
  requestsPerMinute: 6000,
  pendingTransactions: 10_000,
  requestTimeout: 20_000,
  stallTimeout: 300_000,
  stopTimeout: 5000,
};

/** A certificate chain and its private key, in PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Settings of {@link createServer}. */
export interface ServerOptions {
  readonly storage: Storage;
  /** Address to listen at. Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /**
   * The URL that browsers and agents reach the server at: an origin, without a path. May be left out
   * where the server listens on a loopback address in plain http.
   */
  readonly issuer?: string | undefined;
  /** Certificate chain and private key in PEM, to speak https. */
  readonly tls?: TlsFiles | undefined;
  /** Where monitoring asks for /metrics; without it there are none. */
  readonly monitoring?: { readonly host: string; readonly port: number } | undefined;
  /** Addresses or networks (CIDR) of reverse proxies whose X-Forwarded-* headers are believed. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Web origins besides the server's own whose pages may start sign-ins. */
  readonly applicationOrigins?: readonly string[] | undefined;
  /** A token of the admin API with the role admin, as it stands in the data directory. */
  readonly adminToken?: string | undefined;
  /** What who makes the first administrator must know; without it only the command line can. */
  readonly setupToken?: string | undefined;
  readonly loopbackPorts?: readonly number[] | undefined;
  /** How long a challenge lives, in seconds; 10 to 120. */
  readonly challengeLifetime?: number | undefined;
  /** Accepted signature algorithms, the preferred one first. */
  readonly algorithms?: readonly SignatureAlgorithm[] | undefined;
  /** Age at which a signing key is replaced, in days; 0: never. */
  readonly signingKeyAge?: number | undefined;
  /** How long verdicts are kept, in days. */
  readonly signInRetention?: number | undefined;
  readonly limits?: Partial<ServerLimits> | undefined;
  /** How CRLs and OCSP responses are retrieved. */
  readonly revocation?: Partial<RevocationOptions> | undefined;
  /** Text of the browser script, served as /client/countersign.js. */
  readonly clientScript?: string | undefined;
  /** Whether to serve the demonstration application under /demo/. */
  readonly demo?: boolean | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: RandomSource | undefined;
  readonly logger?: Logger | undefined;
}

/** {@link ServerOptions} with every default filled in. */
export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/**
 * Fills in defaults and checks what belongs together.
 *
 * @throws ServerError `issuer_*`, `tls_required` or `application_origin_invalid`
 */
export function resolveOptions(options: ServerOptions) {
  checkTransport(options);
  checkIssuer(options);
  return {
    ...options,
    trustedProxies: options.trustedProxies ?? [],
    applicationOrigins: new Set((options.applicationOrigins ?? []).map(checkOrigin)),
    loopbackPorts: options.loopbackPorts ?? defaultLoopbackPorts,
    challengeLifetime: options.challengeLifetime ?? protocolLimits.lifetimeSeconds,
    algorithms: options.algorithms ?? signatureAlgorithms,
    signingKeyAge: options.signingKeyAge ?? 90,
    signInRetention: options.signInRetention ?? 90,
    limits: { ...defaultServerLimits, ...options.limits },
    revocation: { ...defaultRevocationOptions, ...options.revocation },
    demo: options.demo ?? false,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  };
}

/** True for an address that only this machine reaches. */
export function isLoopbackAddress(host: string): boolean {
  return isLoopbackHost(host) || host === '::1';
}

function checkTransport({ listen, tls, trustedProxies = [] }: ServerOptions): void {
  if (tls !== undefined || isLoopbackAddress(listen.host) || trustedProxies.length > 0) return;
  throw new ServerError('tls_required');
}

function checkIssuer({ issuer, listen, tls }: ServerOptions): void {
  if (issuer === undefined) {
    if (tls !== undefined || !isLoopbackAddress(listen.host)) {
      throw new ServerError('issuer_required');
    }
    return;
  }
  if (parseServerUrl(issuer)?.origin !== issuer) throw new ServerError('issuer_invalid');
}

function checkOrigin(origin: string): string {
  if (parseOrigin(origin) !== undefined) return origin;
  throw new ServerError('application_origin_invalid', {
    message: `"${origin}" is no web origin; give one such as https://login.example.com.`,
  });
}
