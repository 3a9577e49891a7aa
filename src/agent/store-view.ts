/** What one challenge sees of the stores, while a renewal may be under way in them. */
import { bytesEqual } from '../core/index.ts';
import type { StoredCertificate } from '../keystore/index.ts';
import type { IdentitySource, Sweep } from './identity-source.ts';

/** Most looks for one challenge, however often the stores change meanwhile. */
const maxLooks = 8;

/**
 * A sweep takes time: one that sees the old certificate go may already have passed by the place where
 * the new one came before. So what it did not find counts only once two looks in a row have seen the
 * same.
 */
export class StoreView {
  readonly #identities: IdentitySource;
  #sweep: Sweep;
  #settled: boolean;
  #looks = 0;

  private constructor(identities: IdentitySource, sweep: Sweep, settled: boolean) {
    this.#identities = identities;
    this.#sweep = sweep;
    this.#settled = settled;
  }

  /** Starts with a recent sweep where there is one. */
  static async open(identities: IdentitySource): Promise<StoreView> {
    const before = identities.lastSeen;
    const { sweep, isNew } = await identities.recent();
    return new StoreView(identities, sweep, isNew && (before === undefined || same(before, sweep)));
  }

  /** What was seen last. */
  get sweep(): Sweep {
    return this.#sweep;
  }

  /**
   * Looks afresh, unless that would show nothing new or there have been too many looks.
   *
   * @param hasChanged - something has just shown that the last look is out of date
   * @returns whether it looked
   */
  async lookAgain(hasChanged = false): Promise<boolean> {
    if (this.#looks >= maxLooks || (this.#settled && !hasChanged)) return false;
    this.#looks++;
    const sweep = await this.#identities.sweep();
    this.#settled = same(this.#sweep, sweep);
    this.#sweep = sweep;
    return true;
  }
}

/** Whether both saw the same certificates in the same places, with keys or without. */
function same(a: Sweep, b: Sweep): boolean {
  return (
    a.certificates.length === b.certificates.length &&
    a.certificates.every((certificate, index) => sameEntry(certificate, b.certificates[index]))
  );
}

function sameEntry(a: StoredCertificate, b: StoredCertificate | undefined): boolean {
  return (
    b !== undefined &&
    a.location === b.location &&
    (a.key === undefined) === (b.key === undefined) &&
    bytesEqual(a.certificate.der, b.certificate.der)
  );
}
