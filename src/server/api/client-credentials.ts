/** Who an application is: HTTP Basic with client id and secret (RFC 6749 section 2.3.1, RFC 7617). */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { decodeBase64, fromUtf8, type Clock } from '../../core/index.ts';
import { ApplicationError, type Application, type Applications } from '../applications/index.ts';
import { ServerError } from '../errors.ts';
import { createRateLimiter } from './rate-limiter.ts';

/** Wrong credentials per minute and network address. */
const failuresPerMinute = 30;

/** Authenticates the application that makes a request. */
export type ClientAuthentication = (
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Application>;

/**
 * Makes the check; guesses are bounded.
 *
 * @returns throws ApplicationError `application_credentials_invalid`, ServerError `rate_limited`
 */
export function createClientAuthentication(
  applications: Applications,
  clock: Clock,
): ClientAuthentication {
  const failures = createRateLimiter(failuresPerMinute, clock);
  return async (request, reply) => {
    const seconds = failures.peek(request.ip);
    if (seconds > 0) {
      reply.header('retry-after', String(seconds));
      throw new ServerError('rate_limited');
    }
    try {
      const [id, secret] = readBasic(request.headers.authorization);
      return await applications.authenticate(id, secret);
    } catch (error) {
      if (error instanceof ApplicationError) {
        failures.take(request.ip);
        reply.header('www-authenticate', 'Basic realm="countersign", charset="UTF-8"');
      }
      throw error;
    }
  };
}

/** Id and secret are form-encoded before they are put together (RFC 6749 section 2.3.1). */
function readBasic(header: string | undefined): readonly [string, string] {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(header ?? '')?.[1];
  const bytes = encoded === undefined ? undefined : decodeBase64(encoded);
  try {
    const text = bytes === undefined ? '' : fromUtf8(bytes);
    const colon = text.indexOf(':');
    if (colon > 0) return [formDecode(text.slice(0, colon)), formDecode(text.slice(colon + 1))];
  } catch {
    // Not UTF-8, or a broken escape: no credentials that anybody has.
  }
  throw new ApplicationError('application_credentials_invalid');
}

function formDecode(text: string): string {
  return decodeURIComponent(text.replace(/\+/g, ' '));
}
