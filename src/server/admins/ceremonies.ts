/** What was begun and waits for its answer: for five minutes, answered once, in any process. */
import { encodeBase64Url, type Clock, type RandomSource } from '../../core/index.ts';
import type { OidcStore } from '../storage/index.ts';

/** Most of one kind at a time: anybody may begin one. Beyond it, the oldest are forgotten. */
const mostCeremonies = 10_000;

const lifetime = 5 * 60_000;
const idBytes = 16;

/** See the head of this file. */
export interface Ceremonies<State> {
  /** @returns its id */
  begin(state: State): Promise<string>;
  /** @returns its state; undefined where there is none, it is over, or was answered before */
  take(id: string): Promise<State | undefined>;
}

/**
 * Makes the service.
 *
 * @param kind - keeps those of one kind from being answered as another
 * @param most - how many are kept
 */
export function createCeremonies<State>(
  store: OidcStore,
  kind: string,
  clock: Clock,
  random: RandomSource,
  most = mostCeremonies,
): Ceremonies<State> {
  const model = `AdministratorCeremony:${kind}`;
  return {
    async begin(state) {
      const id = encodeBase64Url(random.bytes(idBytes));
      const expiresAt = new Date(clock.now().getTime() + lifetime);
      await store.put({ model, id, payload: JSON.stringify(state), expiresAt }, most);
      return id;
    },
    async take(id) {
      const now = clock.now();
      if (!(await store.consume(model, id, now))) return undefined;
      const found = await store.find(model, id);
      await store.remove(model, id);
      if (found?.expiresAt === undefined || found.expiresAt <= now) return undefined;
      return JSON.parse(found.payload) as State;
    },
  };
}
