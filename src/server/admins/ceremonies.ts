/** What was begun and waits for its answer: for five minutes, answered once, in any process. */
import { encodeBase64Url, type Clock, type RandomSource } from '../../core/index.ts';
import type { OidcStore } from '../storage/index.ts';

/** A ceremony's name in the storage. */
const model = 'AdministratorCeremony';

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
 */
export function createCeremonies<State>(
  store: OidcStore,
  kind: string,
  clock: Clock,
  random: RandomSource,
): Ceremonies<State> {
  const nameOf = (id: string): string => `${kind}:${id}`;
  return {
    async begin(state) {
      const id = encodeBase64Url(random.bytes(idBytes));
      const expiresAt = new Date(clock.now().getTime() + lifetime);
      await store.put({ model, id: nameOf(id), payload: JSON.stringify(state), expiresAt });
      return id;
    },
    async take(id) {
      const now = clock.now();
      if (!(await store.consume(model, nameOf(id), now))) return undefined;
      const found = await store.find(model, nameOf(id));
      await store.remove(model, nameOf(id));
      if (found?.expiresAt === undefined || found.expiresAt <= now) return undefined;
      return JSON.parse(found.payload) as State;
    },
  };
}
