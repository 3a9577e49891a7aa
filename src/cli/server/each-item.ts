import { isCountersignError } from '../../core/index.ts';
import type { Output } from '../output.ts';
import { reportError } from '../program.ts';

/** What {@link forEachItem} came to. */
export interface EachResult<T> {
  readonly done: readonly T[];
  /** True where something was refused; it has been told. */
  readonly failed: boolean;
}

/** Does work for each of a command's arguments. One that is refused does not keep the others out. */
export async function forEachItem<T>(
  items: readonly string[],
  { output, debug }: { readonly output: Output; readonly debug: boolean },
  work: (item: string) => Promise<readonly T[]>,
): Promise<EachResult<T>> {
  const done: T[] = [];
  let failed = false;
  for (const item of items) {
    try {
      done.push(...(await work(item)));
    } catch (error) {
      if (!isCountersignError(error)) throw error;
      failed = true;
      output.err(`${item}: `);
      reportError(error, output, debug);
    }
  }
  return { done, failed };
}
