import type { Platform } from './platform.ts';

/**
 * Runs work under a signal of its own, which fires when `parent` fires, when the time is over, and
 * when the work has ended: whatever the work has left running ends with it.
 *
 * @param platform - gives the timer
 * @param milliseconds - the time limit
 * @param parent - the signal of the work around it
 * @param work - gets the signal
 * @returns what the work returns
 * @throws what the work throws
 */
export async function withTimeLimit<Result>(
  platform: Platform,
  milliseconds: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  if (parent.aborted) abort();
  parent.addEventListener('abort', abort, { signal: controller.signal });
  void platform.delay(milliseconds, controller.signal).then(abort);
  try {
    return await work(controller.signal);
  } finally {
    abort();
  }
}
