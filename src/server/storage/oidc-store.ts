/** Something that the OpenID provider remembers: a code, a grant, an interaction and the like. */
export interface OidcPayload {
  /** Such as `AuthorizationCode`. */
  readonly model: string;
  readonly id: string;
  /** JSON. */
  readonly payload: string;
  readonly expiresAt?: Date | undefined;
  readonly grantId?: string | undefined;
  readonly uid?: string | undefined;
  readonly userCode?: string | undefined;
  readonly consumedAt?: Date | undefined;
}

/** What the OpenID provider remembers. */
export interface OidcStore {
  /**
   * Writes in place of what is there; a `consumedAt` that is there stays.
   *
   * @param most - about how many of the model are kept; beyond it, those that expire first go
   */
  put(payload: OidcPayload, most?: number): Promise<void>;
  find(model: string, id: string): Promise<OidcPayload | undefined>;
  findByUid(model: string, uid: string): Promise<OidcPayload | undefined>;
  findByUserCode(model: string, userCode: string): Promise<OidcPayload | undefined>;
  /** Marks as used, atomically. @returns false where it was used before or is not there */
  consume(model: string, id: string, at: Date): Promise<boolean>;
  remove(model: string, id: string): Promise<void>;
  removeByGrant(grantId: string): Promise<void>;
  sweep(before: Date, limit: number): Promise<number>;
}
