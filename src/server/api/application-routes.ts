/** The interface of applications' own servers: start a sign-in, read its signed result. */
import type { FastifyInstance } from 'fastify';
import { isJsonObject, parseStrictJson, type JsonValue } from '../../core/index.ts';
import { serverPaths, type TransactionStart } from '../../protocol/index.ts';
import type { Application } from '../applications/index.ts';
import { readApplicationResult } from '../challenges/index.ts';
import { ServerError } from '../errors.ts';
import { hashSessionToken, makeSessionToken } from '../sessions/index.ts';
import { requireBody } from './bodies.ts';
import { createClientAuthentication } from './client-credentials.ts';
import type { ApiContext } from './context.ts';

const bodyLimit = 4096;

/** Longest name of a person that an application gives, in characters. */
const maxUserLength = 256;

/** Parameters of the paths of one transaction. */
interface TransactionPath {
  readonly Params: { readonly transaction: string };
}

/** Adds the routes. */
export function registerApplicationRoutes(app: FastifyInstance, context: ApiContext): void {
  const { site, transactions, applications, clock, random } = context;
  const authenticate = createClientAuthentication(applications, clock);
  const results = { ...context, issuer: () => site.issuer() };

  app.post(
    serverPaths.transactions,
    { bodyLimit },
    async (request, reply): Promise<TransactionStart> => {
      const application = await authenticate(request, reply);
      const { origin, user } = readStart(requireBody(request.body, 'json').text, application);
      const pollToken = makeSessionToken(random);
      const session = hashSessionToken(pollToken) ?? '';
      const asker = { application: application.id, user };
      const started = await transactions.start(session, origin, asker);
      reply.code(201);
      return { ...started, pollToken };
    },
  );

  app.get<TransactionPath>(
    `${serverPaths.transactions}/:transaction/result`,
    async (request, reply) => {
      const { id } = await authenticate(request, reply);
      return readApplicationResult(results, request.params.transaction, id);
    },
  );
}

interface Start {
  readonly origin: string;
  readonly user: string | undefined;
}

/**
 * The body of a start: `{"origin": …, "user": …}`. An application with one origin may leave it out.
 *
 * @throws ServerError `request_malformed`, `origin_not_allowed`
 */
function readStart(text: string, { origins }: Application): Start {
  const body = parseStrictJson(text, { maxLength: bodyLimit, maxDepth: 2 });
  const members = ['origin', 'user'];
  if (!isJsonObject(body) || Object.keys(body).some((member) => !members.includes(member))) {
    throw malformed('The body must be a JSON object with the members origin and user.');
  }
  const { user } = body;
  if (user !== undefined && !isUser(user)) {
    throw malformed(`user must be a text of 1 to ${maxUserLength} characters.`);
  }
  const [only, ...others] = origins;
  const origin = body['origin'] ?? (others.length === 0 ? only : undefined);
  if (typeof origin !== 'string') {
    throw malformed('origin must be the web origin of the page that runs the sign-in.');
  }
  if (!origins.includes(origin)) throw new ServerError('origin_not_allowed');
  return { origin, user };
}

function isUser(user: JsonValue): user is string {
  return (
    typeof user === 'string' && user !== '' && user.length <= maxUserLength && !/\p{Cc}/u.test(user)
  );
}

function malformed(message: string): ServerError {
  return new ServerError('request_malformed', { message });
}
