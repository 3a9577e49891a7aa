/**
 * A store in a process of its own, seen as a queue of requests.
 *
 * The child works strictly in order, so the oldest unanswered request is the one inside the module.
 * When the child dies or does not answer in time, that request alone fails; the others are asked
 * again of its replacement. While the child is still being opened nothing has reached the module yet,
 * so then every waiting request fails: it would only open the same module again.
 */
import { silentLogger, type Logger } from '../../core/index.ts';
import { KeystoreError } from '../errors.ts';
import type { ChildStarter, HostedChild } from './child-process.ts';
import {
  isHostedResponse,
  type HostedFailure,
  type HostedResponse,
  type OpenRequest,
} from './messages.ts';

/** Settings of a {@link HostedProcess}. */
export interface HostedProcessOptions {
  readonly start: ChildStarter;
  readonly open: OpenRequest;
  readonly openTimeoutMs: number;
  /** The store's URI, for the log. */
  readonly name: string;
  readonly logger?: Logger | undefined;
}

interface Pending {
  readonly method: string;
  readonly params: unknown;
  readonly timeoutMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  /** Asked again already, because a child said that it was beyond repair. */
  replaced: boolean;
}

/** A child and how far it has come. */
interface Running {
  readonly child: HostedChild;
  opened: boolean;
  /** Id of the next answer to come; ids count up from 0, which is `open`. */
  nextAnswer: number;
  nextRequest: number;
  /** Why it is about to be ended, where this side decided so. */
  fate: KeystoreError | undefined;
  /** To be replaced when nothing waits for it. */
  outdated: boolean;
  /** Its end is awaited. */
  onEnd: (() => void) | undefined;
}

const maxPending = 1000;

/** How long a closed child may take to end by itself; what it gives up may be slow hardware. */
const closeGraceMs = 2000;

/** The second loss in a row is answered at once; from then on each wait is twice the one before. */
const backOffMs = { first: 250, most: 4000 };

/** Starts the child when it is first needed, and again whenever it was lost. */
export class HostedProcess {
  readonly #options: HostedProcessOptions;
  readonly #logger: Logger;
  readonly #queue: Pending[] = [];
  #running: Running | undefined;
  #headTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  /** Children lost one after another without an answer in between. */
  #losses = 0;
  #closing: Promise<void> | undefined;

  constructor(options: HostedProcessOptions) {
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
  }

  /**
   * Asks the child.
   *
   * @param timeoutMs - for this request alone, from the moment the child has answered all before it
   * @throws KeystoreError `store_closed`, `store_busy`, `store_crashed`, `store_timeout`, and whatever
   *   the service throws
   */
  call(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    if (this.#closing !== undefined) return Promise.reject(new KeystoreError('store_closed'));
    if (this.#queue.length >= maxPending) return Promise.reject(new KeystoreError('store_busy'));
    return new Promise((resolve, reject) => {
      const pending = { method, params, timeoutMs, resolve, reject, replaced: false };
      this.#queue.push(pending);
      if (this.#running?.opened === true) this.#send(this.#running, pending);
      else if (this.#running === undefined) this.#startSoon();
      if (this.#queue.length === 1) this.#watchHead();
    });
  }

  /** Ends the child once nothing waits for it; the next request starts another. */
  replaceWhenIdle(): void {
    if (this.#running === undefined) return;
    this.#running.outdated = true;
    this.#retireIfIdle();
  }

  /** Refuses what is waiting, lets the child give up what it holds, and ends it. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restartTimer);
    clearTimeout(this.#headTimer);
    this.#failAll(new KeystoreError('store_closed'));
    const running = this.#running;
    if (running === undefined) return;
    await endGently(running);
  }

  #retireIfIdle(): void {
    const running = this.#running;
    if (running?.outdated !== true || this.#queue.length > 0 || this.#closing !== undefined) return;
    this.#logger.info('Replacing a store process that is out of date', this.#fields());
    this.#running = undefined;
    void endGently(running);
  }

  #startSoon(): void {
    if (this.#restartTimer !== undefined) return;
    const delay =
      this.#losses < 2 ? 0 : Math.min(backOffMs.first * 2 ** (this.#losses - 2), backOffMs.most);
    if (delay === 0) {
      this.#start();
      return;
    }
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined;
      this.#start();
    }, delay);
  }

  #start(): void {
    const child = this.#options.start({
      onMessage: (message) => {
        this.#receive(running, message);
      },
      onEnd: (reason) => {
        this.#lost(running, reason);
      },
    });
    const running: Running = {
      child,
      opened: false,
      nextAnswer: 0,
      nextRequest: 0,
      fate: undefined,
      outdated: false,
      onEnd: undefined,
    };
    this.#running = running;
    this.#write(running, 'open', this.#options.open);
    this.#watchHead();
  }

  #write(running: Running, method: string, params: unknown): void {
    running.child.send({ id: running.nextRequest++, method, params });
  }

  #send(running: Running, pending: Pending): void {
    this.#write(running, pending.method, pending.params);
  }

  #receive(running: Running, message: unknown): void {
    if (running !== this.#running || running.fate !== undefined) return;
    if (!isHostedResponse(message) || message.id !== running.nextAnswer) {
      this.#condemn(new KeystoreError('store_crashed'));
      return;
    }
    running.nextAnswer++;
    if (running.opened) this.#answerHead(message);
    else this.#answerOpen(running, message);
    this.#watchHead();
    this.#retireIfIdle();
  }

  #answerOpen(running: Running, response: HostedResponse): void {
    if ('failure' in response) {
      this.#condemn(errorOf(response.failure));
      return;
    }
    running.opened = true;
    for (const pending of this.#queue) this.#send(running, pending);
  }

  #answerHead(response: HostedResponse): void {
    const head = this.#queue[0];
    if (head === undefined) return;
    if ('failure' in response && response.failure.replaceProcess && !head.replaced) {
      head.replaced = true;
      this.#logger.info('Replacing a store process that cannot recover', this.#fields());
      this.#condemn(errorOf(response.failure), { keepHead: true });
      return;
    }
    this.#losses = 0;
    this.#queue.shift();
    if ('failure' in response) head.reject(errorOf(response.failure));
    else head.resolve(response.value);
  }

  /** One timer, for the request that the child is at. */
  #watchHead(): void {
    clearTimeout(this.#headTimer);
    const running = this.#running;
    if (running === undefined || running.fate !== undefined) return;
    const head = this.#queue[0];
    running.child.keepAlive(head !== undefined);
    if (head === undefined) return;
    const awaited = running.nextAnswer;
    const timeoutMs = running.opened ? head.timeoutMs : this.#options.openTimeoutMs;
    this.#headTimer = setTimeout(() => {
      // A busy program may find the timer due before it has read the answer: let it read first.
      setImmediate(() => {
        if (running !== this.#running || running.nextAnswer !== awaited) return;
        this.#condemn(new KeystoreError('store_timeout'));
      });
    }, timeoutMs);
  }

  /** Ends the running child for a reason of this side's; its end then replaces it. */
  #condemn(fate: KeystoreError, { keepHead = false } = {}): void {
    const running = this.#running;
    if (running === undefined || running.fate !== undefined) return;
    clearTimeout(this.#headTimer);
    running.fate = fate;
    running.child.kill();
    this.#replace(running, fate, keepHead);
  }

  #lost(running: Running, reason: string): void {
    if (running.onEnd !== undefined) {
      running.onEnd();
      return;
    }
    if (running !== this.#running) return;
    this.#logger.warn('A store process ended', { ...this.#fields(), reason });
    const message = `The store’s process ended (${reason}); it has been replaced.`;
    this.#replace(running, new KeystoreError('store_crashed', { message }), false);
  }

  #replace(running: Running, error: KeystoreError, keepHead: boolean): void {
    clearTimeout(this.#headTimer);
    this.#running = undefined;
    this.#losses++;
    if (!running.opened) this.#failAll(error);
    else if (!keepHead) this.#queue.shift()?.reject(error);
    if (this.#queue.length > 0) this.#startSoon();
  }

  #failAll(error: KeystoreError): void {
    for (const pending of this.#queue.splice(0)) pending.reject(error);
  }

  #fields(): { store: string; losses: number } {
    return { store: this.#options.name, losses: this.#losses };
  }
}

/** Lets a child give up what it holds and end, or ends it after a while. */
async function endGently(running: Running): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    running.onEnd = resolve;
  });
  const timer = setTimeout(() => {
    running.child.kill();
  }, closeGraceMs);
  running.child.end();
  await ended;
  clearTimeout(timer);
}

function errorOf(failure: HostedFailure): KeystoreError {
  return new KeystoreError(failure.code, { message: failure.message });
}
