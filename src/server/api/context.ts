import type { Clock, Logger, RandomSource } from '../../core/index.ts';
import type { Administering } from '../administering.ts';
import type { Applications } from '../applications/index.ts';
import type { SigningKeys, Submissions, Transactions } from '../challenges/index.ts';
import type { Inventory } from '../devices/index.ts';
import type { Readiness } from '../operations/index.ts';
import type { Policies } from '../policy/index.ts';
import type { Revocation } from '../revocation/index.ts';
import type { SessionCookie } from '../sessions/index.ts';
import type { Storage } from '../storage/index.ts';
import type { Authorities, Platforms } from '../trust/index.ts';

/** Where the server is reached. */
export interface Site {
  /** The issuer URL, an origin. Known once the server listens. */
  issuer(): string;
  /** True where browsers reach the server over https. */
  readonly secure: boolean;
  /** Web origins besides the issuer's whose pages may start sign-ins. */
  readonly applicationOrigins: ReadonlySet<string>;
}

/** What the routes are made of. */
export interface ApiContext extends Administering {
  readonly site: Site;
  readonly storage: Storage;
  readonly transactions: Transactions;
  readonly submissions: Submissions;
  readonly signingKeys: SigningKeys;
  /** The keys that ID tokens are signed with. */
  readonly openidKeys: SigningKeys;
  readonly authorities: Authorities;
  readonly platforms: Platforms;
  readonly policies: Policies;
  readonly applications: Applications;
  readonly inventory: Inventory;
  readonly revocation: Revocation;
  /** The cookie that binds a transaction to the browser which started it. */
  readonly flowCookie: SessionCookie;
  readonly readiness: Readiness;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Which limit counts the route's requests; `requests` unless told, `none` for health checks. */
    rateLimit?: 'challenges' | 'proofs' | 'requests' | 'none';
    /** True where any Host header will do. */
    anyHost?: boolean;
    /** True where pages of application origins may call the route. */
    crossOrigin?: boolean;
  }
}
