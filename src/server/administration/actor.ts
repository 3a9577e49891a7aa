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
  /** When the person signed in; undefined for who needs no session. */
  readonly signedInAt?: Date | undefined;
  /** Network address, where there is one. */
  readonly address?: string | undefined;
}

/**
 * The actor behind a browser session.
 *
 * @param address - the request's network address
 */
export function actorOf(
  { administrator: { id, name, role }, signedInAt }: Pick<SignedIn, 'administrator' | 'signedInAt'>,
  via: 'console' | 'api',
  address: string,
): Actor {
  return { id, name, role, via, signedInAt, address };
}
