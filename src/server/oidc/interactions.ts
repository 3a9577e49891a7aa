/** One sign-in through OpenID Connect, from the request to the answer that its application gets. */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { decodeJwt } from 'jose';
import type {
  TransactionStart,
  TransactionStatus,
  VerificationResult,
} from '../../protocol/index.ts';
import type { Transactions } from '../challenges/index.ts';
import {
  provenMethods,
  reachedAcr,
  requestedAcrs,
  requestedAmr,
  singleMethod,
  type AuthenticationMethod,
} from './assurance.ts';
import type { OidcClient, OidcClients } from './clients.ts';
import { deviceSignIn, type DeviceSignIns, type RequestedPerson } from './device-sign-in.ts';
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
        start: () => transactions.start(session, context.origin(), asker),
        status: (transaction) => transactions.status(transaction, session),
        cancel: (transaction) => transactions.cancel(transaction, session),
        async finish(transaction) {
          const status =
            transaction === undefined ? undefined : await transactions.status(transaction, session);
          const request = { provider, client, person, params: details.params };
          const result = await conclude(context.signIns, request, status);
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

/** A request that is to be answered. */
interface OpenRequest {
  readonly provider: Provider;
  readonly client: OidcClient;
  readonly person: RequestedPerson;
  readonly params: Readonly<Record<string, unknown>>;
}

async function conclude(
  signIns: DeviceSignIns,
  request: OpenRequest,
  status: TransactionStatus | undefined,
): Promise<InteractionResults> {
  const { client, person, params } = request;
  const acrs = requestedAcrs(params);
  switch (status?.status) {
    case 'managed':
      break;
    case 'refused': {
      const { code, message } = status.result;
      return refusal(acrs.essential, `${code}: ${message}`);
    }
    default:
      return refusal(false, 'the person gave up before the device had proved itself');
  }
  const methods = provenMethods(status.result, client.settings.hardwareAuthorities);
  const acr = reachedAcr(acrs, methods);
  const amr = answeredMethods(request, methods);
  if (acr === undefined || amr === undefined) {
    return refusal(true, 'the device is managed, but what it proved is not what was asked for');
  }
  const grantId = await grant(signIns, request, status.result);
  const { subject } = deviceSignIn(client, person, status.result);
  return {
    login: { accountId: subject, acr, amr: [...amr], remember: false },
    consent: { grantId },
  };
}

/** `amr`; Microsoft Entra takes one method only. */
function answeredMethods(
  { client, params }: OpenRequest,
  methods: readonly AuthenticationMethod[],
): readonly AuthenticationMethod[] | undefined {
  if (client.settings.entra === undefined) return methods;
  const method = singleMethod(requestedAmr(params), methods);
  return method && [method];
}

/** Grants what was asked for: the applications are the organisation's own. */
async function grant(
  signIns: DeviceSignIns,
  { provider, client, person, params }: OpenRequest,
  result: VerificationResult,
): Promise<string> {
  const signIn = deviceSignIn(client, person, result);
  const grant = new provider.Grant({
    accountId: signIn.subject,
    clientId: client.application.id,
  });
  grant.addOIDCScope(typeof params['scope'] === 'string' ? params['scope'] : 'openid');
  const id = await grant.save();
  await signIns.put(id, signIn);
  return id;
}

/**
 * OpenID Connect Core Unmet Authentication Requirements 1.0 section 2, where the client takes nothing
 * but what it asked for; RFC 6749 section 4.1.2.1 otherwise.
 */
function refusal(unmet: boolean, description: string): InteractionResults {
  return {
    error: unmet ? 'unmet_authentication_requirements' : 'access_denied',
    error_description: toErrorDescription(description),
  };
}

/** RFC 6749 section 4.1.2.1: printable ASCII without `"` and `\`. */
function toErrorDescription(text: string): string {
  return text
    .replace(/[’‘]/g, "'")
    .replace(/[“”"]/g, "'")
    .replace(/[–—]/g, '-')
    .replace(/[^\x20-\x7e]|\\/g, '?')
    .slice(0, 500);
}
