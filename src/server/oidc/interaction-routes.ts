/**
 * The page of a sign-in and what its script calls. All of it is below the path that the sign-in's cookie
 * belongs to:
 *
 *   GET    /oidc/interaction/:uid                    the page
 *   POST   /oidc/interaction/:uid/v1/challenges      as POST /v1/challenges, for this sign-in
 *   GET    /oidc/interaction/:uid/v1/transactions/…  as GET /v1/transactions/…
 *   DELETE /oidc/interaction/:uid/v1/transactions/…  as DELETE /v1/transactions/…
 *   POST   /oidc/interaction/:uid/finish             {"transaction"?: "…"} -> {"location": "…"}
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isJsonObject, parseStrictJson } from '../../core/index.ts';
import { serverPaths } from '../../protocol/index.ts';
import { requireBody, requireOrigin, type Site } from '../api/index.ts';
import { registerPageFiles, signInPageHeaders } from '../sign-in-page/index.ts';
import { ServerError } from '../errors.ts';
import { renderErrorPage } from './error-page.ts';
import { OidcError } from './errors.ts';
import type { Interactions, OidcInteraction } from './interactions.ts';
import { interactionPath, oidcMount, oidcPaths } from './paths.ts';
import { renderSignInPage } from './sign-in-page.ts';

const bodyLimit = 1024;
const html = 'text/html; charset=utf-8';

interface InteractionPath {
  readonly Params: { readonly uid: string };
}

interface TransactionPath {
  readonly Params: { readonly uid: string; readonly transaction: string };
}

/** What the routes need. */
export interface InteractionRoutesContext {
  readonly site: Site;
  readonly interactions: Interactions;
  /** Where pages look for the agent. */
  readonly loopbackPorts: readonly number[];
}

/** Adds the routes. */
export function registerInteractionRoutes(
  app: FastifyInstance,
  { site, interactions, loopbackPorts }: InteractionRoutesContext,
): void {
  const find = (request: FastifyRequest, reply: FastifyReply): Promise<OidcInteraction> => {
    const { uid } = request.params as { readonly uid: string };
    return interactions.find(uid, { request: request.raw, response: reply.raw });
  };
  const headers = signInPageHeaders(loopbackPorts);
  const page = interactionPath(':uid');

  app.get<InteractionPath>(page, async (request, reply) => {
    void reply.headers(headers).type(html);
    try {
      const { client, person, returnOrigin } = await find(request, reply);
      const { name } = client.application;
      const { uid } = request.params;
      const { user } = person;
      return await reply.send(
        renderSignInPage({ uid, application: name, returnOrigin, user }).toString(),
      );
    } catch (error) {
      if (!(error instanceof OidcError)) throw error;
      return reply.code(404).send(renderErrorPage(error.message, error.code).toString());
    }
  });
  app.post<InteractionPath>(
    page + serverPaths.challenges,
    { bodyLimit, config: { rateLimit: 'challenges' } },
    async (request, reply) => {
      requireOrigin(request, site, 'own');
      return (await find(request, reply)).start();
    },
  );
  const transaction = `${page}${serverPaths.transactions}/:transaction`;
  app.get<TransactionPath>(transaction, async (request, reply) =>
    (await find(request, reply)).status(request.params.transaction),
  );
  app.delete<TransactionPath>(transaction, { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    await (await find(request, reply)).cancel(request.params.transaction);
    return reply.code(204).send();
  });
  app.post<InteractionPath>(`${page}/finish`, { bodyLimit }, async (request, reply) => {
    requireOrigin(request, site, 'own');
    const interaction = await find(request, reply);
    return { location: await interaction.finish(readTransaction(request)) };
  });
  registerPageFiles(app, oidcMount + oidcPaths.page, new URL('./page/', import.meta.url));
}

function readTransaction(request: FastifyRequest): string | undefined {
  const { text } = requireBody(request.body, 'json');
  const body = parseStrictJson(text, { maxLength: bodyLimit, maxDepth: 2 });
  const transaction = isJsonObject(body) ? body['transaction'] : null;
  if (transaction === undefined || typeof transaction === 'string') return transaction;
  throw new ServerError('request_malformed', {
    message: 'The body must be a JSON object; its member "transaction" must be a string.',
  });
}
