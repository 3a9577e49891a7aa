/** Entry of the script for pages without a bundler: defines the global `countersign`. */
import { defaultTimeouts, signIn } from './index.ts';

/** The global that the script defines. */
export interface CountersignGlobal {
  readonly signIn: typeof signIn;
  readonly defaultTimeouts: typeof defaultTimeouts;
}

declare global {
  var countersign: CountersignGlobal;
}

Object.defineProperty(globalThis, 'countersign', {
  value: Object.freeze({ signIn, defaultTimeouts } satisfies CountersignGlobal),
  enumerable: true,
});
