/** Settings that the device management enforces through the operating system, not through a file. */
import { managedPolicyDomains } from '../../agent/config/settings-schema.ts';
import type { JsonObject } from '../../core/index.ts';

/** What one place of the system enforces. */
export interface ManagedPolicy {
  /** For people, such as `HKEY_LOCAL_MACHINE\Software\Policies\Countersign`. */
  readonly name: string;
  readonly values: JsonObject;
}

/**
 * Reads what the system enforces.
 *
 * @param names - the settings to look for
 * @returns the places that have at least one of them, the strongest first
 */
export type ManagedPolicyReader = (names: readonly string[]) => Promise<readonly ManagedPolicy[]>;

/** For systems that manage programs by files alone. */
const noManagedPolicy: ManagedPolicyReader = () => Promise.resolve([]);

/**
 * Chooses the reader of a system. Where its addon cannot be loaded, reading fails: whoever cannot see
 * what is enforced must not act as if nothing were.
 *
 * @param platform - as process.platform
 */
export function managedPolicyReaderOf(platform: NodeJS.Platform): ManagedPolicyReader {
  if (platform !== 'win32' && platform !== 'darwin') return noManagedPolicy;
  return async (names) => {
    // The addon's code is only loaded where there is one.
    const { loadNativeAddon } = await import('../../native/index.ts');
    return loadNativeAddon().readManagedPolicy(managedPolicyDomains[platform], names);
  };
}
