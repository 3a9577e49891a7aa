/**
 * What a monitoring system reads (Prometheus text format; docs/operations.md lists every metric). No
 * label holds a name of a person or a device, and each label has few values.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isAllowed } from '../../protocol/index.ts';
import type { SignIn } from '../storage/index.ts';

/** What the server counts and measures. */
export interface Metrics {
  /** Counts a verdict that was written. */
  noteVerdict(signIn: SignIn): void;
  /**
   * Notes an answered request.
   *
   * @param route - the route's pattern, never the address itself
   * @param seconds - from the request's headers to the answer's end
   */
  noteRequest(route: string, method: string, status: number, seconds: number): void;
  /** Notes a call of the storage. */
  noteStorageCall(aggregate: string, seconds: number, failed: boolean): void;
  /** Adds values that are looked up when they are asked for. */
  onScrape(look: (gauges: Gauges) => Promise<void>): void;
  /** @returns the text, and its media type */
  read(): Promise<{ readonly text: string; readonly mediaType: string }>;
}

/** Values that are looked up when they are asked for. */
export interface Gauges {
  readonly ready: Gauge;
  readonly pendingTransactions: Gauge;
  /** Seconds since a CRL's thisUpdate, by its source. */
  readonly crlAge: Gauge<'source'>;
  /** When a CRL's nextUpdate is, in seconds since 1970, by its source. */
  readonly crlNextUpdate: Gauge<'source'>;
  /** CRLs, files and responders that give nothing at the moment. */
  readonly revocationProblems: Gauge;
  /** When an authority's certificate ends, in seconds since 1970, by the start of its id. */
  readonly authorityExpiry: Gauge<'authority'>;
  readonly signingKeyAge: Gauge;
  /** When the server's own TLS certificate ends, in seconds since 1970. */
  readonly tlsExpiry: Gauge;
}

/** From what a healthy server takes to what it should never take, in seconds. */
const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const storageBuckets = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.01, 0.05, 0.25, 1, 5];

/** Makes the metrics of one server. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'countersign_' });
  const verdicts = new Counter({
    name: 'countersign_verdicts_total',
    help: 'Verdicts, by what became of the sign-in and by the code of the reason.',
    labelNames: ['outcome', 'code'],
    registers,
  });
  const requests = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Answered requests, by route, method and class of status.',
    labelNames: ['route', 'method', 'status'],
    buckets: requestBuckets,
    registers,
  });
  const storageCalls = new Histogram({
    name: 'countersign_storage_call_duration_seconds',
    help: 'Calls of the storage, by what they are about.',
    labelNames: ['aggregate', 'outcome'],
    buckets: storageBuckets,
    registers,
  });
  const gauges = createGauges(registers);
  const looks: ((gauges: Gauges) => Promise<void>)[] = [];
  return {
    noteVerdict({ result }) {
      verdicts.inc({ outcome: isAllowed(result) ? 'allowed' : 'denied', code: result.code });
    },
    noteRequest(route, method, status, seconds) {
      requests.observe({ route, method, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
    noteStorageCall(aggregate, seconds, failed) {
      storageCalls.observe({ aggregate, outcome: failed ? 'failed' : 'done' }, seconds);
    },
    onScrape(look) {
      looks.push(look);
    },
    async read() {
      await Promise.all(looks.map((look) => look(gauges)));
      return { text: await registry.metrics(), mediaType: registry.contentType };
    },
  };
}

function createGauges(registers: Registry[]): Gauges {
  const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Gauge<Label>({ name: `countersign_${name}`, help, labelNames, registers });
  return {
    ready: gauge('ready', '1 where the server can serve sign-ins, as /readyz says.'),
    pendingTransactions: gauge('pending_transactions', 'Sign-ins that wait for a proof.'),
    crlAge: gauge('crl_age_seconds', 'Age of a CRL’s thisUpdate.', 'source'),
    crlNextUpdate: gauge(
      'crl_next_update_timestamp_seconds',
      'When a CRL’s nextUpdate is.',
      'source',
    ),
    revocationProblems: gauge(
      'revocation_problems',
      'Sources of revocation status that give nothing at the moment.',
    ),
    authorityExpiry: gauge(
      'certificate_authority_expiry_timestamp_seconds',
      'When a certificate authority’s certificate ends.',
      'authority',
    ),
    signingKeyAge: gauge('signing_key_age_seconds', 'Age of the key that signs challenges.'),
    tlsExpiry: gauge(
      'tls_certificate_expiry_timestamp_seconds',
      'When the server’s own TLS certificate ends.',
    ),
  };
}
