/** What administrators set for the inventory, stored. */
import { isJsonObject, parseStrictJson, type JsonValue } from '../../core/index.ts';
import type { SettingsStore } from '../storage/index.ts';
import { DeviceError } from './errors.ts';
import type { InventorySettings } from './inventory.ts';

const key = 'device-inventory';
const maxLength = 1024;

const defaultSettings: InventorySettings = { clones: 'refuse', version: 0 };

/** Reads the settings; those of a server on which nobody has changed anything are defaults. */
export async function loadInventorySettings(store: SettingsStore): Promise<InventorySettings> {
  const stored = await store.get(key);
  if (stored === undefined) return defaultSettings;
  const value = parseStrictJson(stored.value, { maxLength, maxDepth: 2 });
  const clones = isJsonObject(value) ? value['clones'] : undefined;
  return { clones: parseClones(clones), version: stored.version };
}

/**
 * Changes the settings.
 *
 * @throws DeviceError `device_settings_invalid`, `device_settings_changed`
 */
export async function changeInventorySettings(
  store: SettingsStore,
  version: number,
  changes: { readonly clones?: JsonValue },
): Promise<InventorySettings> {
  const present = await loadInventorySettings(store);
  const clones = parseClones(changes.clones ?? present.clones);
  const next = { clones, version: version + 1 };
  const saved =
    present.version === version &&
    (await store.put({ key, value: JSON.stringify({ clones }), version: next.version }));
  if (!saved) throw new DeviceError('device_settings_changed');
  return next;
}

function parseClones(value: JsonValue | undefined): InventorySettings['clones'] {
  if (value === 'refuse' || value === 'alarm') return value;
  throw new DeviceError('device_settings_invalid', { message: 'clones must be refuse or alarm.' });
}
