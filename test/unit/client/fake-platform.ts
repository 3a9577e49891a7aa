import type { Platform } from '../../../src/client/platform.ts';
import type { TransactionStatus, VerificationResult } from '../../../src/protocol/index.ts';

/** A request as the fake network sees it. */
export interface FakeRequest {
  readonly method: string;
  readonly url: string;
  readonly init: RequestInit;
}

type Handler = (request: FakeRequest) => Response | Promise<Response>;

/** What a closed port, a refused permission and a server that is down all look like to a page. */
export const noAnswer: Handler = () => {
  throw new TypeError('Failed to fetch');
};

/** Answers with a status and a JSON body. */
export function answer(status: number, body: unknown = {}): Handler {
  return () => Response.json(body, { status });
}

/** Never answers; ends only with the request's signal. */
export const silence: Handler = ({ init }) =>
  new Promise((_, reject) => {
    const { signal } = init;
    const end = (): void => {
      reject(new DOMException('aborted', 'AbortError'));
    };
    if (signal?.aborted === true) end();
    signal?.addEventListener('abort', end);
  });

/** A network of handlers and a clock that jumps to the next timer whenever nothing else happens. */
export class FakePlatform implements Platform {
  /** Milliseconds since the start. */
  now = 0;
  permission: PermissionState | undefined = 'granted';
  readonly requests: FakeRequest[] = [];
  readonly #routes = new Map<string, Handler>();
  readonly #timers = new Set<{ readonly due: number; readonly end: () => void }>();

  /** Sets what `METHOD url` answers; without a route nothing answers. */
  route(request: string, handler: Handler): void {
    this.#routes.set(request, handler);
  }

  /** How often `METHOD url` was asked. */
  count(request: string): number {
    return this.requests.filter((made) => `${made.method} ${made.url}` === request).length;
  }

  async fetch(url: string, init: RequestInit): Promise<Response> {
    const request = { method: init.method ?? 'GET', url, init };
    this.requests.push(request);
    if (init.signal?.aborted === true) throw new DOMException('aborted', 'AbortError');
    const handler = this.#routes.get(`${request.method} ${url}`) ?? noAnswer;
    const response = await handler(request);
    return response.clone();
  }

  delay(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = {
        due: this.now + milliseconds,
        end: (): void => {
          this.#timers.delete(timer);
          signal.removeEventListener('abort', timer.end);
          resolve();
        },
      };
      this.#timers.add(timer);
      signal.addEventListener('abort', timer.end);
      if (signal.aborted) timer.end();
    });
  }

  loopbackPermission(): Promise<PermissionState | undefined> {
    return Promise.resolve(this.permission);
  }

  /** Number of delays that have not ended. */
  get pendingDelays(): number {
    return this.#timers.size;
  }

  /** Lets time pass until `work` has ended. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    const state = { ended: false };
    const end = (): void => {
      state.ended = true;
    };
    work.then(end, end);
    for (;;) {
      // Everything that can happen without time passing happens first.
      await new Promise((resolve) => setImmediate(resolve));
      if (state.ended) return work;
      const next = [...this.#timers].sort((a, b) => a.due - b.due)[0];
      if (next === undefined) throw new Error('nothing is left that could happen');
      this.now = Math.max(this.now, next.due);
      next.end();
    }
  }
}

/** A verdict as the server gives it. */
function verdict(managed: boolean): VerificationResult {
  return {
    managed,
    code: managed ? 'device_managed' : 'device_no_certificate',
    message: managed ? 'The device is managed.' : 'No client certificate was found.',
    transaction: 't1',
    decidedAt: '2026-01-01T00:00:00.000Z',
    checks: [],
  };
}

/** A transaction that is over. */
export function decided(managed: boolean): TransactionStatus {
  return {
    transaction: 't1',
    status: managed ? 'managed' : 'refused',
    result: verdict(managed),
  };
}
