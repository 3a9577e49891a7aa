/** The whole sign-in, from the page's side (docs/client.md). */
import type { TransactionStart, TransactionStatus, VerificationResult } from '../protocol/index.ts';
import { withTimeLimit } from './abort.ts';
import { deliverChallenge } from './agent.ts';
import { ClientError, type ClientErrorCode, type Reason } from './errors.ts';
import { browserPlatform, type Platform } from './platform.ts';
import {
  defaultTimeouts,
  type SignInProgress,
  type SignInStep,
  type SignInTimeouts,
} from './progress.ts';
import {
  cancelTransaction,
  readTransaction,
  startTransaction,
  type ServerConnection,
} from './server.ts';
import { pollVerdict } from './verdict.ts';

/** What {@link signIn} takes. */
export interface SignInOptions {
  /** The server's issuer URL. The page's own origin where it is left out. */
  readonly server?: string;
  /**
   * The server's answer to `POST /v1/challenges`, where the page has it already; or its answer to
   * `POST /v1/transactions`, which the application's own server has handed on.
   */
  readonly start?: TransactionStart;
  /** Called at each step, in order. */
  readonly onProgress?: (progress: SignInProgress) => void;
  /** Cancels the sign-in, at the server too. */
  readonly signal?: AbortSignal;
  /** Other time limits than {@link defaultTimeouts}. */
  readonly timeouts?: Partial<SignInTimeouts>;
}

/** How a sign-in ended. */
export type SignInOutcome =
  | {
      /** The server's verdict. */
      readonly status: 'managed' | 'refused';
      readonly transaction: string;
      readonly result: VerificationResult;
    }
  | {
      /** There is no verdict. */
      readonly status: 'failed';
      /** The step that failed. */
      readonly step: SignInStep;
      readonly code: ClientErrorCode;
      /** A sentence for the person who is signing in. */
      readonly message: string;
      /** The transaction, where the server had started one. */
      readonly transaction?: string;
      /** What the agent or the server gave as the reason, where it gave one. */
      readonly reason?: Reason;
    };

/**
 * Lets this device prove that it is managed.
 *
 * The outcome is for display and to decide what the page does next. It is not evidence: a page's
 * server learns the verdict from the Countersign server, never from the browser.
 *
 * @returns the verdict, or the step that failed with a code and a sentence; rejects only with what
 *   `onProgress` throws
 */
export function signIn(options: SignInOptions = {}): Promise<SignInOutcome> {
  return signInWith(browserPlatform, options);
}

/** {@link signIn} on a given platform. */
export async function signInWith(
  platform: Platform,
  options: SignInOptions,
): Promise<SignInOutcome> {
  const flow: Flow = {
    platform,
    options,
    server: {
      platform,
      url: (options.server ?? '').replace(/\/+$/, ''),
      pollToken: options.start?.pollToken,
    },
    timeouts: { ...defaultTimeouts, ...options.timeouts },
    step: 'challenge',
    transaction: undefined,
    ended: false,
  };
  const never = new AbortController().signal;
  const user = options.signal ?? never;
  try {
    return await withTimeLimit(platform, flow.timeouts.total, user, (signal) => run(flow, signal));
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return failure(flow, user.aborted ? new ClientError('cancelled') : error);
  } finally {
    await withTimeLimit(platform, flow.timeouts.probe, never, (signal) => giveUp(flow, signal));
  }
}

/** One run of a sign-in and where it stands. */
interface Flow {
  readonly platform: Platform;
  readonly options: SignInOptions;
  readonly server: ServerConnection;
  readonly timeouts: SignInTimeouts;
  step: SignInStep;
  transaction: string | undefined;
  /** True once the server has said how the transaction came out. */
  ended: boolean;
}

function enter(flow: Flow, progress: SignInProgress): void {
  flow.step = progress.step;
  flow.options.onProgress?.(progress);
}

/** @throws ClientError where there is no verdict */
async function run(flow: Flow, signal: AbortSignal): Promise<SignInOutcome> {
  try {
    const start = await getChallenge(flow, signal);
    const status = await getVerdict(flow, start, signal);
    flow.ended = true;
    return conclude(status);
  } catch (error) {
    const timeIsOver = signal.aborted && error instanceof ClientError;
    throw timeIsOver && flow.step !== 'challenge'
      ? new ClientError('transaction_expired', { cause: error })
      : error;
  }
}

async function getChallenge(flow: Flow, signal: AbortSignal): Promise<TransactionStart> {
  enter(flow, { step: 'challenge', state: 'started' });
  const start = flow.options.start ?? (await startTransaction(flow.server, signal));
  flow.transaction = start.transaction;
  return start;
}

/** Delivery and polling run side by side: the verdict counts, however the agent's answer fares. */
function getVerdict(
  flow: Flow,
  start: TransactionStart,
  signal: AbortSignal,
): Promise<TransactionStatus> {
  const delivered = new AbortController();
  signal.addEventListener('abort', () => {
    delivered.abort();
  });
  enter(flow, { step: 'agent', state: 'started' });
  const verdict = pollVerdict(flow.server, start.transaction, delivered.signal, signal).catch(
    (error: unknown) => {
      if (!signal.aborted) flow.step = 'verdict';
      throw error;
    },
  );
  const delivery = deliverChallenge({
    platform: flow.platform,
    ports: start.loopback.ports,
    challengeRequest: start.challengeRequest,
    timeouts: flow.timeouts,
    signal,
    onProgress: (progress) => {
      enter(flow, progress);
    },
  });
  const answered = delivery.then(
    () => {
      enter(flow, { step: 'verdict', state: 'started' });
      delivered.abort();
      return verdict;
    },
    (error: unknown) => lastLook(flow, start.transaction, error, signal),
  );
  return Promise.race([verdict, answered]);
}

/** An agent that broke down after it had answered the server leaves a verdict behind. */
async function lastLook(
  flow: Flow,
  transaction: string,
  deliveryError: unknown,
  signal: AbortSignal,
): Promise<TransactionStatus> {
  const status = await readTransaction(flow.server, transaction, signal).catch(() => undefined);
  if (status === undefined || status.status === 'pending') throw deliveryError;
  return status;
}

function conclude(status: TransactionStatus): SignInOutcome {
  switch (status.status) {
    case 'managed':
    case 'refused':
      return { status: status.status, transaction: status.transaction, result: status.result };
    case 'cancelled':
      throw new ClientError('transaction_cancelled');
    default:
      throw new ClientError('transaction_expired');
  }
}

function failure(flow: Flow, error: ClientError): SignInOutcome {
  return {
    status: 'failed',
    step: flow.step,
    code: error.code,
    message: error.message,
    ...(flow.transaction === undefined ? {} : { transaction: flow.transaction }),
    ...(error.reason === undefined ? {} : { reason: error.reason }),
  };
}

/** Cancels a transaction left without a verdict: the next sign-in then gets a fresh challenge. */
async function giveUp(flow: Flow, signal: AbortSignal): Promise<void> {
  if (flow.transaction === undefined || flow.ended) return;
  await cancelTransaction(flow.server, flow.transaction, signal);
}
