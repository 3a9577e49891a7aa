/** A setting that administrators change while the server runs. */
export interface StoredSetting {
  readonly key: string;
  /** JSON. */
  readonly value: string;
  /** Goes up by one with each change; the first one is 1. */
  readonly version: number;
}

/** Settings that administrators change while the server runs. */
export interface SettingsStore {
  get(key: string): Promise<StoredSetting | undefined>;
  /**
   * Writes a setting.
   *
   * @param setting - its `version` is one more than that of the one it replaces; 1 for a new one
   * @returns false, with nothing changed, where another version is there by now
   */
  put(setting: StoredSetting): Promise<boolean>;
}
