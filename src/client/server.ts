/** The server's API, as a page sees it (docs/protocol.md, "Server"). */
import { serverPaths, type TransactionStart, type TransactionStatus } from '../protocol/index.ts';
import { ClientError } from './errors.ts';
import { readJson, readReason } from './http.ts';
import type { Platform } from './platform.ts';

/** How to reach the server. */
export interface ServerConnection {
  readonly platform: Platform;
  /** The server's URL without a trailing slash; empty for the page's own origin. */
  readonly url: string;
  /** Watches a transaction that the application's own server started; else a cookie does. */
  readonly pollToken?: string | undefined;
}

/**
 * Starts a transaction, or gets the one that this browser session has pending.
 *
 * @throws ClientError with a `server_*` code
 */
export async function startTransaction(
  server: ServerConnection,
  signal: AbortSignal,
): Promise<TransactionStart> {
  const response = await request(server, serverPaths.challenges, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    signal,
  });
  const start = await readJson(response);
  if (!isTransactionStart(start)) throw new ClientError('server_answer_invalid');
  return start;
}

/**
 * Asks how a transaction stands.
 *
 * @throws ClientError with a `server_*` code
 */
export async function readTransaction(
  server: ServerConnection,
  transaction: string,
  signal: AbortSignal,
): Promise<TransactionStatus> {
  const response = await request(server, transactionPath(transaction), { signal });
  const status = await readJson(response);
  if (!isTransactionStatus(status)) throw new ClientError('server_answer_invalid');
  return status;
}

/** Gives a transaction up, so that the next sign-in gets a fresh challenge. Never rejects. */
export async function cancelTransaction(
  server: ServerConnection,
  transaction: string,
  signal: AbortSignal,
): Promise<void> {
  // keepalive: the request outlives the page where the person leaves it to cancel.
  const init = { method: 'DELETE', keepalive: true, signal };
  await request(server, transactionPath(transaction), init).catch(() => undefined);
}

/** True for failures that may pass: no answer, too many requests, a fault at the server. */
export function isPassing(error: unknown): boolean {
  const code = error instanceof ClientError ? error.code : undefined;
  return code === 'server_unreachable' || code === 'server_unavailable';
}

function transactionPath(transaction: string): string {
  return `${serverPaths.transactions}/${encodeURIComponent(transaction)}`;
}

async function request(
  server: ServerConnection,
  path: string,
  init: RequestInit,
): Promise<Response> {
  let response: Response;
  try {
    response = await server.platform.fetch(server.url + path, {
      cache: 'no-store',
      redirect: 'error',
      ...init,
      ...binding(server, init),
    });
  } catch (cause) {
    throw new ClientError('server_unreachable', { cause });
  }
  if (response.ok) return response;
  const passing = response.status === 429 || response.status >= 500;
  throw new ClientError(passing ? 'server_unavailable' : 'server_refused', {
    reason: await readReason(response),
  });
}

/** What binds a transaction to this page: a cookie of the browser session, or the page's token. */
function binding({ pollToken }: ServerConnection, { headers }: RequestInit): RequestInit {
  if (pollToken === undefined) return { credentials: 'include' };
  return {
    credentials: 'omit',
    headers: { ...(headers as Record<string, string>), authorization: `Bearer ${pollToken}` },
  };
}

function isTransactionStart(value: unknown): value is TransactionStart {
  const start = value as Partial<TransactionStart> | null | undefined;
  const ports: unknown = start?.loopback?.ports;
  return (
    typeof start?.transaction === 'string' &&
    typeof start.challengeRequest === 'string' &&
    Array.isArray(ports) &&
    ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536)
  );
}

function isTransactionStatus(value: unknown): value is TransactionStatus {
  const status = value as Partial<TransactionStatus> | null | undefined;
  if (typeof status?.transaction !== 'string') return false;
  switch (status.status) {
    case 'pending':
    case 'expired':
    case 'cancelled':
      return true;
    case 'managed':
    case 'refused': {
      const result: unknown = (status as { result?: unknown }).result;
      return typeof result === 'object' && result !== null;
    }
    default:
      return false;
  }
}
