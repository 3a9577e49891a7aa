/** An authentication policy as it is stored; src/server/policy gives its rules their meaning. */
export interface StoredPolicy {
  readonly id: string;
  readonly name: string;
  /** JSON of the rules. */
  readonly rules: string;
  /** Goes up by one with each change. */
  readonly version: number;
  readonly updatedAt: Date;
}

/** Authentication policies. */
export interface PolicyStore {
  /** By name. */
  list(): Promise<readonly StoredPolicy[]>;
  find(id: string): Promise<StoredPolicy | undefined>;
  /** Adds a policy. @returns false where one of this id or name is there already */
  add(policy: StoredPolicy): Promise<boolean>;
  /**
   * Replaces a policy.
   *
   * @param policy - its `version` is one more than that of the one it was made from
   * @returns false, with nothing changed, where another version is there by now
   */
  replace(policy: StoredPolicy): Promise<boolean>;
  /** @returns false where there is none of this id, or an application has it */
  remove(id: string): Promise<boolean>;
}
