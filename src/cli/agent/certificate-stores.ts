/** How the `certs` commands look into the stores: by themselves, without the running agent. */
import { resolve } from 'node:path';
import type { StoreEntry } from '../../agent/config/settings.ts';
import { IdentitySource, type Sweep } from '../../agent/identity-source.ts';
import { silentLogger, systemClock } from '../../core/index.ts';
import type { StoreProblem } from '../../keystore/index.ts';
import { CliError } from '../errors.ts';
import { printable, type Output } from '../output.ts';
import { loadSettings } from './load-settings.ts';
import { storeOpener } from './open-store.ts';
import { agentPlaces } from './places.ts';

/** Options that choose the stores. */
export interface StoreOptions {
  readonly config?: string;
  /** Those of the machine's agent, not of this user's. */
  readonly machine?: boolean;
  /** Store URIs instead of the settings' stores. */
  readonly store?: readonly string[];
  /** The PIN file of the stores given. */
  readonly pinFile?: string;
}

/** What the stores hold. */
export interface StoresSeen extends Sweep {
  /** Those of the problems that leave nothing of a store that `--store` names. */
  readonly unreadable: readonly StoreProblem[];
}

/**
 * Looks into the stores, and closes them when the action is done.
 *
 * @param options - which stores
 * @param output - told what is wrong with the settings, where those name the stores
 * @param action - is given what they hold
 * @throws CliError `usage`, or an AgentError of the settings
 */
export async function withStores<T>(
  options: StoreOptions,
  output: Output,
  action: (seen: StoresSeen) => T | Promise<T>,
): Promise<T> {
  const source = new IdentitySource({
    stores: chosenStores(options) ?? (await storesOfSettings(options, output)),
    open: storeOpener(silentLogger),
    clock: systemClock,
    logger: silentLogger,
  });
  try {
    const sweep = await source.sweep();
    const named = options.store === undefined ? [] : source.health().map(({ uri }) => uri);
    const unreadable = sweep.problems.filter(({ location }) => named.includes(location));
    return await action({ ...sweep, unreadable });
  } finally {
    await source.close();
  }
}

async function storesOfSettings(
  { config, machine }: StoreOptions,
  output: Output,
): Promise<readonly StoreEntry[]> {
  const kind = machine === true ? 'machine' : 'user';
  const places = agentPlaces(process.platform, process.env, kind);
  const { settings, problems } = await loadSettings(config, places);
  for (const { code, message } of problems.filter(({ code }) => code !== 'settings_missing')) {
    output.err(`warning: ${code}: ${printable(message)}\n`);
  }
  return settings.stores;
}

function chosenStores({ store, pinFile }: StoreOptions): readonly StoreEntry[] | undefined {
  if (store === undefined && pinFile !== undefined) {
    throw new CliError('usage', { message: '--pin-file belongs to a --store; name that too.' });
  }
  return store?.map((uri) => ({
    uri: /^[a-z][a-z0-9+.-]*:/i.test(uri) ? uri : resolve(uri),
    pinFile: pinFile === undefined ? undefined : resolve(pinFile),
  }));
}
