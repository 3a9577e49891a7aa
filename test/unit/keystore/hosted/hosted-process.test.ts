import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  HostedChild,
  HostedChildEvents,
} from '../../../../src/keystore/hosted/child-process.ts';
import { HostedProcess } from '../../../../src/keystore/hosted/hosted-process.ts';
import type { HostedRequest } from '../../../../src/keystore/hosted/messages.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';

/** A child that keeps what it was sent; the test answers in its place. */
class FakeChild implements HostedChild {
  readonly requests: HostedRequest[] = [];
  readonly events: HostedChildEvents;
  killed = false;
  ended = false;
  keptAlive = true;

  constructor(events: HostedChildEvents) {
    this.events = events;
  }

  send(message: unknown): void {
    this.requests.push(message as HostedRequest);
  }

  keepAlive(keep: boolean): void {
    this.keptAlive = keep;
  }

  end(): void {
    this.ended = true;
  }

  kill(): void {
    this.killed = true;
  }

  answer(value: unknown): void {
    this.events.onMessage({ id: this.#next++, value });
  }

  fail(replaceProcess: boolean): void {
    const failure = { code: 'signature_failed', message: 'broken', replaceProcess };
    this.events.onMessage({ id: this.#next++, failure });
  }

  die(): void {
    this.events.onEnd('SIGSEGV');
  }

  get methods(): string[] {
    return this.requests.map(({ method, params }) =>
      typeof params === 'string' ? params : method,
    );
  }

  #next = 0;
}

describe('a hosted process', () => {
  let children: FakeChild[];
  let hosted: HostedProcess;

  beforeEach(() => {
    vi.useFakeTimers();
    children = [];
    hosted = new HostedProcess({
      start: (events) => {
        const child = new FakeChild(events);
        children.push(child);
        return child;
      },
      open: { service: 'pkcs11', settings: undefined },
      openTimeoutMs: 1000,
      name: 'pkcs11:',
    });
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  function child(index = children.length - 1): FakeChild {
    const found = children[index];
    if (found === undefined) throw new Error(`no child ${index}`);
    return found;
  }

  function call(name: string, timeoutMs = 100): Promise<unknown> {
    const promise = hosted.call('sign', name, timeoutMs);
    promise.catch(() => undefined);
    return promise;
  }

  it('is started by the first request and opened before it', async () => {
    expect(children).toHaveLength(0);
    const a = call('a');
    expect(child().methods).toEqual(['open']);
    child().answer(undefined);
    expect(child().methods).toEqual(['open', 'a']);
    child().answer('A');
    expect(await a).toBe('A');
  });

  it('is sent every request at once, in their order', async () => {
    const answers = [call('a'), call('b')];
    child().answer(undefined);
    answers.push(call('c'));
    expect(child().methods).toEqual(['open', 'a', 'b', 'c']);
    for (const value of ['A', 'B', 'C']) child().answer(value);
    expect(await Promise.all(answers)).toEqual(['A', 'B', 'C']);
  });

  it('keeps the program running only while it owes an answer', () => {
    void call('a');
    child().answer(undefined);
    expect(child().keptAlive).toBe(true);
    child().answer('A');
    expect(child().keptAlive).toBe(false);
    void call('b');
    expect(child().keptAlive).toBe(true);
  });

  it('that dies fails the request it was at and is asked the others again', async () => {
    const [a, b, c] = [call('a'), call('b'), call('c')];
    child().answer(undefined);
    child().answer('A');
    child().die();
    expect(children).toHaveLength(2);
    child().answer(undefined);
    expect(child().methods).toEqual(['open', 'c']);
    child().answer('C');
    expect(await a).toBe('A');
    expect(await codeOfRejection(b)).toBe('store_crashed');
    expect(await c).toBe('C');
  });

  it('that hangs fails the request it was at, by that request’s own time', async () => {
    const [a, b] = [call('a', 500), call('b', 100)];
    child().answer(undefined);
    await vi.advanceTimersByTimeAsync(499);
    expect(child().killed).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(child(0).killed).toBe(true);
    expect(await codeOfRejection(a)).toBe('store_timeout');
    child().answer(undefined);
    child().answer('B');
    expect(await b).toBe('B');
  });

  it('that answers as its time ends is not killed for an answer still unread', async () => {
    const a = call('a', 100);
    child().answer(undefined);
    vi.advanceTimersByTime(100);
    // The timer has fired, and the answer is read before the loop comes to what it put off.
    child().answer('A');
    await vi.advanceTimersByTimeAsync(1);
    expect(child().killed).toBe(false);
    expect(await a).toBe('A');
  });

  it('that dies or hangs while it opens fails all that wait', async () => {
    const [a, b] = [call('a'), call('b')];
    child().die();
    expect(await codeOfRejection(a)).toBe('store_crashed');
    expect(await codeOfRejection(b)).toBe('store_crashed');
    const c = call('c');
    await vi.advanceTimersByTimeAsync(1001);
    expect(await codeOfRejection(c)).toBe('store_timeout');
  });

  it('that cannot open its store says why, and the next request tries anew', async () => {
    const a = call('a');
    child().fail(false);
    expect(await codeOfRejection(a)).toBe('signature_failed');
    expect(child().killed).toBe(true);
    void call('b');
    await vi.advanceTimersByTimeAsync(300);
    expect(children).toHaveLength(2);
  });

  it('that is lost again and again is started ever more slowly, and quickly after an answer', async () => {
    const delays: number[] = [];
    for (let loss = 0; loss < 9; loss++) {
      void call('x');
      const before = children.length;
      let waited = 0;
      while (children.length === before && loss > 0) {
        await vi.advanceTimersByTimeAsync(10);
        waited += 10;
        if (waited > 10_000) break;
      }
      delays.push(waited);
      child().die();
    }
    expect(delays.slice(2)).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000]);
    const a = call('a');
    await vi.advanceTimersByTimeAsync(4000);
    child().answer(undefined);
    child().answer('A');
    expect(await a).toBe('A');
    child().die();
    void call('b');
    expect(child().methods).toEqual(['open']);
  });

  it('that calls itself beyond repair is replaced once for the same request', async () => {
    const [a, b] = [call('a'), call('b')];
    child().answer(undefined);
    child().fail(true);
    expect(child(0).killed).toBe(true);
    child().answer(undefined);
    expect(child().methods).toEqual(['open', 'a', 'b']);
    child().fail(true);
    expect(await codeOfRejection(a)).toBe('signature_failed');
    child().answer('B');
    expect(await b).toBe('B');
    expect(children).toHaveLength(2);
  });

  it.each([
    ['no response', 'hello'],
    ['an answer to another request', { id: 7, value: 1 }],
    ['an unknown code', { id: 1, failure: { code: 'x', message: '', replaceProcess: false } }],
  ])('that says what makes no sense is replaced: %s', async (_, message) => {
    const a = call('a');
    child().answer(undefined);
    child().events.onMessage(message);
    expect(child(0).killed).toBe(true);
    expect(await codeOfRejection(a)).toBe('store_crashed');
  });

  it('ignores what a child says after it was given up', async () => {
    const [a, b] = [call('a', 50), call('b')];
    child().answer(undefined);
    await vi.advanceTimersByTimeAsync(51);
    child(0).answer('late');
    child(0).die();
    expect(await codeOfRejection(a)).toBe('store_timeout');
    expect(children).toHaveLength(2);
    child().answer(undefined);
    child().answer('B');
    expect(await b).toBe('B');
  });

  it('takes only so many requests', async () => {
    const first = Array.from({ length: 1000 }, (_, i) => call(`${i}`));
    expect(await codeOfRejection(call('one more'))).toBe('store_busy');
    child().answer(undefined);
    child().answer('x');
    expect(await first[0]).toBe('x');
    expect(await Promise.race([call('room again'), Promise.resolve('taken')])).toBe('taken');
  });

  it('that is out of date is replaced when nothing waits for it, and not before', async () => {
    const [a, b] = [call('a'), call('b')];
    child().answer(undefined);
    hosted.replaceWhenIdle();
    child().answer('A');
    expect(await a).toBe('A');
    expect(child().ended).toBe(false);
    child().answer('B');
    expect(await b).toBe('B');
    expect(child().ended).toBe(true);
    const c = call('c');
    expect(children).toHaveLength(2);
    child().answer(undefined);
    child().answer('C');
    expect(await c).toBe('C');
    expect(child().ended).toBe(false);
  });

  it('that is out of date and idle ends at once, and is killed if it does not', async () => {
    hosted.replaceWhenIdle();
    const a = call('a');
    child().answer(undefined);
    child().answer('A');
    await a;
    hosted.replaceWhenIdle();
    expect(child().ended).toBe(true);
    expect(child().killed).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(child().killed).toBe(true);
    const b = call('b');
    child(0).die();
    child().answer(undefined);
    child().answer('B');
    expect(await b).toBe('B');
  });

  it('that is closed refuses what waits, lets the child end, and kills it if it does not', async () => {
    const a = call('a');
    child().answer(undefined);
    const closing = hosted.close();
    expect(await codeOfRejection(a)).toBe('store_closed');
    expect(await codeOfRejection(call('b'))).toBe('store_closed');
    expect(child().ended).toBe(true);
    expect(child().killed).toBe(false);
    await vi.advanceTimersByTimeAsync(2000);
    expect(child().killed).toBe(true);
    child().die();
    await closing;
    await hosted.close();
    expect(children).toHaveLength(1);
  });
});
