import type { RevocationMethod } from '../../pki/index.ts';

/** How an administrator wants the certificates below an authority checked for revocation. */
export interface AuthorityRevocation {
  readonly mode: 'hard-fail' | 'grace' | 'off';
  /** How long a status counts after its nextUpdate in mode `grace`. */
  readonly graceHours: number;
  /** In the order in which they are tried. */
  readonly methods: readonly RevocationMethod[];
  /** What becomes of certificates that name no CRL and no responder. */
  readonly unpublished: 'accept' | 'refuse';
}

/** A certificate authority as it is stored. */
export interface StoredAuthority {
  /** Hexadecimal SHA-256 of the certificate. */
  readonly id: string;
  /** The certificate. */
  readonly der: Uint8Array;
  readonly addedAt: Date;
  /** A disabled one is kept, and counts for nothing. */
  readonly disabled: boolean;
  /** Undefined where nobody has chosen. */
  readonly revocation?: AuthorityRevocation | undefined;
}

/** Certificate authorities whose certificates prove a device as managed. */
export interface AuthorityStore {
  /**
   * Adds all of them or none.
   *
   * @returns false, with nothing added, where one is there already
   */
  add(authorities: readonly StoredAuthority[]): Promise<boolean>;
  /** In the order in which they were added. */
  list(): Promise<readonly StoredAuthority[]>;
  /** @returns false where there is none of this id */
  remove(id: string): Promise<boolean>;
  /** @returns false where there is none of this id */
  setRevocation(id: string, revocation: AuthorityRevocation): Promise<boolean>;
  /** @returns false where there is none of this id */
  setDisabled(id: string, disabled: boolean): Promise<boolean>;
}
