import type { Clock, RandomSource } from '../../core/index.ts';
import type { Accounts, FederationSettings } from '../admins/index.ts';
import type { Applications } from '../applications/index.ts';
import type { AuditLog } from '../audit/index.ts';
import type { SigningKeys } from '../challenges/index.ts';
import type { Inventory } from '../devices/index.ts';
import type { Policies } from '../policy/index.ts';
import type { Revocation } from '../revocation/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Authorities, Platforms } from '../trust/index.ts';

/** What the use cases are made of. */
export interface AdministrationContext {
  readonly storage: Storage;
  readonly authorities: Authorities;
  readonly platforms: Platforms;
  readonly policies: Policies;
  readonly applications: Applications;
  readonly inventory: Inventory;
  readonly revocation: Revocation;
  readonly signingKeys: SigningKeys;
  /** The keys that ID tokens are signed with. */
  readonly openidKeys: SigningKeys;
  readonly accounts: Accounts;
  readonly federation: FederationSettings;
  /** @returns where the administrators' OpenID provider sends browsers back to */
  readonly redirectUri: () => string;
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: RandomSource;
}
