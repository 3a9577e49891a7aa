/** Who asks: a bearer token (RFC 6750 section 2.1), or the session of a browser. */
import type { FastifyRequest } from 'fastify';
import { actorOf, AdministrationError, type Actor } from '../../administration/index.ts';
import { AdminError, type SignedIn } from '../../admins/index.ts';
import { ServerError } from '../../errors.ts';
import type { ApiContext } from '../context.ts';
import { requireOrigin } from '../origin-check.ts';
import type { OperationRole } from './operation.ts';

/** Header with the session's token, on every changing request that a cookie vouches for. */
export const csrfHeader = 'x-csrf-token';

/** Who asks. */
export interface Asker {
  readonly actor: Actor | undefined;
  readonly signedIn: SignedIn | undefined;
}

/**
 * Finds out who asks, and refuses who may not. Wrong tokens are counted by network address.
 *
 * @throws ServerError `admin_token_invalid`, `rate_limited`, `origin_not_allowed`; AdminError
 *   `sign_in_required`, `csrf_token_invalid`; AdministrationError `role_required`
 */
export async function authenticate(
  request: FastifyRequest,
  role: OperationRole,
  context: ApiContext,
): Promise<Asker> {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (role === 'anyone') {
    // Another site's page must not sign its visitors in here.
    if (!isRead && request.headers.origin !== undefined)
      requireOrigin(request, context.site, 'own');
    return { actor: undefined, signedIn: undefined };
  }
  const asker =
    request.headers.authorization === undefined
      ? await bySession(request, isRead, context)
      : { actor: await byToken(request, context), signedIn: undefined };
  if (role === 'session' && asker.signedIn === undefined) throw new AdminError('sign_in_required');
  if (role === 'admin' && asker.actor.role !== 'admin') {
    throw new AdministrationError('role_required');
  }
  return asker;
}

async function byToken(request: FastifyRequest, context: ApiContext): Promise<Actor> {
  const { failures, tokens } = context;
  const token = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const actor = token === undefined ? undefined : await tokens.actorOf(token, request.ip);
  // Nobody guesses 256 bits: who has the token is not kept out by others behind the same address.
  if (actor !== undefined) return actor;
  if (failures.take(request.ip) > 0) throw new ServerError('rate_limited');
  throw new ServerError('admin_token_invalid');
}

async function bySession(request: FastifyRequest, isRead: boolean, context: ApiContext) {
  const { access, site } = context;
  const signedIn = await access.sessionOf(request.headers.cookie);
  if (signedIn === undefined) throw new AdminError('sign_in_required');
  if (!isRead) {
    requireOrigin(request, site, 'own');
    const token = request.headers[csrfHeader];
    access.requireCsrfToken(signedIn, typeof token === 'string' ? token : undefined);
  }
  return { actor: actorOf(signedIn, 'api', request.ip), signedIn };
}
