/** Settings that the device management enforces through the operating system, not through a file. */
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
export const noManagedPolicy: ManagedPolicyReader = () => Promise.resolve([]);
