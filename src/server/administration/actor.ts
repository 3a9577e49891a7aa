import type { SignedIn } from '../admins/index.ts';
import type { AdministratorRole } from '../storage/index.ts';

/** Who acts upon the server, and how. */
export interface Actor {
  /** An administrator's id; undefined for API tokens, the set-up and the command line. */
  readonly id?: string | undefined;
  /** What the audit log names: an administrator's name, an API token's, or `cli`. */
  readonly name: string;
  readonly role: AdministratorRole;
  readonly via: 'console' | 'api' | 'cli' | 'server';
  /** Network address, where there is one. */
  readonly address?: string | undefined;
}

/**
 * The actor behind a browser session.
 *
 * @param address - the request's network address
 */
export function actorOf(
  { administrator: { id, name, role } }: Pick<SignedIn, 'administrator'>,
  via: 'console' | 'api',
  address: string,
): Actor {
  return { id, name, role, via, address };
}
