/** Work that one of several processes does at a time. */
export interface LeaseStore {
  /**
   * Takes or prolongs a lease.
   *
   * @param name - the work
   * @param holder - the process
   * @param now - the present moment
   * @param until - when it ends by itself
   * @returns false where another holder has it beyond `now`; a lease that is longer than twice this one
   *   was given by a clock that has been set back since, and binds nobody
   */
  claim(name: string, holder: string, now: Date, until: Date): Promise<boolean>;
  /** Gives it back, where this holder has it. */
  release(name: string, holder: string): Promise<void>;
}
