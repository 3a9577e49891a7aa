/** One sign-in through OpenID Connect, from the request to the answer that its application gets. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { decodeJwt } from 'jose';
import type { TransactionStart, TransactionStatus } from '../../protocol/index.ts';
import type { Transactions } from '../challenges/index.ts';
import { concludeSignIn } from './answer.ts';
import type { OidcClient, OidcClients } from './clients.ts';
import type { DeviceSignIns, RequestedPerson } from './device-sign-in.ts';
import { OidcError } from './errors.ts';
import type { Providers } from './provider.ts';

/** What {@link createInteractions} needs. */
export interface InteractionsContext {
  readonly providers: Providers;
  readonly clients: OidcClients;
  readonly transactions: Transactions;
  readonly signIns: DeviceSignIns;
  /** The web origin of the server's own pages. */
  readonly origin: () => string;
}

/** A request and the response to it, whose cookies tell which browser asks. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A sign-in that its browser is at. */
export interface OidcInteraction {
  readonly client: OidcClient;
  readonly person: RequestedPerson;
  /** Where the person goes back to, as an origin, for display. */
  readonly returnOrigin: string;
  /** Starts, or goes on with, the transaction in which the device proves itself. */
  start(): Promise<TransactionStart>;
  /** @throws ServerError `transaction_unknown`, also for another sign-in's transaction */
  status(transaction: string): Promise<TransactionStatus>;
  cancel(transaction: string): Promise<void>;
  /**
   * Answers the application: with the sign-in where the transaction's verdict lets the device in, else
   * with a refusal.
   *
   * @param transaction - undefined where the person gives up before there is one
   * @returns where the browser goes next
   * @throws ServerError `transaction_unknown`
   */
  finish(transaction: string | undefined): Promise<string>;
}

/** Sign-ins under way. */
export interface Interactions {
  /**
   * @param uid - its id, in the address of the page
   * @throws OidcError `oidc_interaction_unknown` where it is over, its application is no more, or this
   *   is not the browser that began it
   */
  find(uid: string, exchange: Exchange): Promise<OidcInteraction>;
}

/** Makes the service. */
export function createInteractions(context: InteractionsContext): Interactions {
  const { providers, clients, transactions } = context;
  return {
    async find(uid, exchange) {
      const provider = await providers.current();
      const details = await readDetails(provider, exchange);
      const { client_id: clientId, redirect_uri: redirectUri } = details?.params ?? {};
      const client = typeof clientId === 'string' ? await clients.find(clientId) : undefined;
      if (details?.uid !== uid || client === undefined) {
        throw new OidcError('oidc_interaction_unknown');
      }
      const session = sessionOf(uid);
      const person = requestedPerson(client, details.params);
      const asker = { application: client.application.id, user: person.user };
      return {
        client,
        person,
        returnOrigin: new URL(String(redirectUri)).origin,
        start: () => transactions.resume(session, context.origin(), asker),
        status: (transaction) => transactions.status(transaction, session),
        cancel: (transaction) => transactions.cancel(transaction, session),
        async finish(transaction) {
          const status =
            transaction === undefined ? undefined : await transactions.status(transaction, session);
          const request = { provider, client, person, params: details.params };
          const result = await concludeSignIn(context.signIns, request, status);
          const { request: raw, response } = exchange;
          return provider.interactionResult(raw, response, result, {
            mergeWithLastSubmission: false,
          });
        },
      };
    },
  };
}

/** The transactions of a sign-in belong to it alone, and by its cookie to the browser that began it. */
function sessionOf(uid: string): string {
  return createHash('sha256').update(`oidc-interaction:${uid}`).digest('base64url');
}

async function readDetails(provider: Provider, { request, response }: Exchange) {
  try {
    return await provider.interactionDetails(request, response);
  } catch (error) {
    if ((error as { name?: unknown }).name === 'SessionNotFound') return undefined;
    throw error;
  }
}

/** Longest name of a person that is taken from a request. */
const maxUserLength = 256;

function requestedPerson(
  { settings }: OidcClient,
  params: Readonly<Record<string, unknown>>,
): RequestedPerson {
  const { id_token_hint: idTokenHint, login_hint: loginHint } = params;
  if (settings.entra !== undefined && typeof idTokenHint === 'string') {
    // Verified when the request came in; since then the storage has it.
    const { sub, preferred_username: user } = decodeJwt(idTokenHint);
    return { subject: sub, user: readUser(user) };
  }
  // A hint that nobody compares with anything is not worth showing, or keeping.
  return settings.carryLoginHint ? { user: readUser(loginHint) } : {};
}

function readUser(user: unknown): string | undefined {
  const isName = typeof user === 'string' && user !== '' && user.length <= maxUserLength;
  return isName && !/\p{Cc}/u.test(user) ? user : undefined;
}
