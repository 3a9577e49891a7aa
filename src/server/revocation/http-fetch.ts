/** One HTTP exchange for revocation data: bounded in time, size and redirects, every hop checked. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { AddressGuard, CheckedTarget } from './address-guard.ts';
import { RevocationError } from './errors.ts';

/** What to ask, and within which bounds. */
export interface HttpQuestion {
  readonly address: string;
  /** A body makes it a POST. */
  readonly body?: Uint8Array | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Largest body of an answer, in bytes. */
  readonly maxBytes: number;
  /** How long all hops together may take until a connection stands, and until the end, in ms. */
  readonly connectTimeout: number;
  readonly totalTimeout: number;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** A final answer: 200 or 304. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

const maxRedirects = 3;
const maxHeaderSize = 16 * 1024;
/** A validator that is longer is not worth keeping. */
const maxValidatorLength = 1024;

/**
 * Asks, following a few redirects of GET requests; each hop is checked like the first.
 *
 * @throws RevocationError `address_*` or `fetch_*`
 */
export async function fetchOverHttp(
  question: HttpQuestion,
  guard: AddressGuard,
): Promise<HttpAnswer> {
  const deadline = AbortSignal.timeout(question.totalTimeout);
  const signals = question.signal === undefined ? [deadline] : [deadline, question.signal];
  const signal = AbortSignal.any(signals);
  let address = question.address;
  for (let hops = 0; hops <= maxRedirects; hops++) {
    const target = await abortable(guard.check(address), signal, question);
    const answer = await exchange(target, question, signal);
    if (typeof answer !== 'string') return answer;
    if (question.body !== undefined) break;
    address = answer;
  }
  throw new RevocationError('fetch_redirects');
}

/** A resolver that does not answer must not hold a fetch longer than its bound. */
function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  { address }: HttpQuestion,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(timeout(address));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}

/** @returns the answer, or where it redirects to */
function exchange(
  target: CheckedTarget,
  question: HttpQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer | string> {
  const { url } = target;
  const { body, headers, connectTimeout } = question;
  const options: RequestOptions = {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
      ...headers,
    },
    agent: false,
    lookup: fixedLookup(target),
    maxHeaderSize,
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
    const connecting = setTimeout(() => {
      request.destroy(timeout(url.href));
    }, connectTimeout);
    const fail = (cause: unknown): void => {
      clearTimeout(connecting);
      request.destroy();
      reject(signal.aborted ? timeout(url.href) : asRevocationError(cause, url.href));
    };
    request.on('socket', (socket) => {
      const event = url.protocol === 'https:' ? 'secureConnect' : 'connect';
      socket.once(event, () => {
        clearTimeout(connecting);
      });
    });
    request.on('error', fail);
    request.on('response', (response) => {
      readAnswer(response, url, question.maxBytes).then(resolve, fail);
    });
    request.end(body);
  });
}

/** Gives Node the addresses that were checked, whatever the name resolves to by now. */
function fixedLookup({ addresses }: CheckedTarget): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function readAnswer(
  response: IncomingMessage,
  url: URL,
  maxBytes: number,
): Promise<HttpAnswer | string> {
  const { statusCode: status = 0, headers } = response;
  const { location } = headers;
  if (status >= 300 && status < 400 && status !== 304 && location !== undefined) {
    response.destroy();
    if (!URL.canParse(location, url)) throw new RevocationError('address_unsupported');
    return new URL(location, url).href;
  }
  if (status !== 200 && status !== 304) {
    response.destroy();
    const message = `${url.href} answered with HTTP status ${status}.`;
    throw new RevocationError('fetch_status', { message });
  }
  const coding = headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    response.destroy();
    const message = `${url.href} answered compressed (${coding}), which was not asked for.`;
    throw new RevocationError('fetch_failed', { message });
  }
  return {
    status,
    body: await readBody(response, url, maxBytes),
    etag: validator(headers.etag),
    lastModified: validator(headers['last-modified']),
  };
}

async function readBody(
  response: IncomingMessage,
  { href }: URL,
  maxBytes: number,
): Promise<Uint8Array> {
  const tooLarge = (): RevocationError =>
    new RevocationError('fetch_too_large', {
      message: `The answer of ${href} is larger than ${maxBytes} bytes.`,
    });
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the response, and with it the connection.
    if (length > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function validator(value: string | undefined): string | undefined {
  return value !== undefined && value.length <= maxValidatorLength ? value : undefined;
}

function asRevocationError(cause: unknown, address: string): RevocationError {
  if (cause instanceof RevocationError) return cause;
  const { code, message: text } = cause as NodeJS.ErrnoException;
  const message = `${address} cannot be reached: ${code ?? text}.`;
  return new RevocationError('fetch_failed', { message, cause });
}

function timeout(address: string): RevocationError {
  return new RevocationError('fetch_timeout', { message: `${address} did not answer in time.` });
}
