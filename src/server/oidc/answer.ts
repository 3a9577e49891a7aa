/** The answer that an application gets to its request, once the device has, or has not, proved itself. */
import type Provider from 'oidc-provider';
import type { InteractionResults } from 'oidc-provider';
import { decodeJwt } from 'jose';
import type { TransactionStatus } from '../../protocol/index.ts';
import {
  provenMethods,
  reachedAcr,
  requestedAcrs,
  requestedAmr,
  requestedSubjects,
  singleMethod,
  type AuthenticationMethod,
} from './assurance.ts';
import type { OidcClient } from './clients.ts';
import {
  deviceSignIn,
  type DeviceSignIn,
  type DeviceSignIns,
  type RequestedPerson,
} from './device-sign-in.ts';

/** A request that is to be answered. */
export interface OpenRequest {
  readonly provider: Provider;
  readonly client: OidcClient;
  readonly person: RequestedPerson;
  /** Parameters of the authorization request. */
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * Makes the answer: tokens that say what was proven, where that is what was asked for, else an error.
 *
 * @param status - of the transaction; undefined where there was none
 */
export async function concludeSignIn(
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
  const signIn = deviceSignIn(client, person, status.result);
  if (!isExpected(signIn.subject, params)) return anotherSubject;
  const methods = provenMethods(status.result, client.settings.hardwareAuthorities);
  const acr = reachedAcr(acrs, methods);
  const amr = answeredMethods(request, methods);
  if (acr === undefined || amr === undefined) {
    return refusal(true, 'the device is managed, but what it proved is not what was asked for');
  }
  const grantId = await grant(signIns, request, signIn);
  return {
    login: { accountId: signIn.subject, acr, amr: [...amr], remember: false },
    consent: { grantId },
  };
}

/**
 * Whether a request takes an answer about a subject. One with an `id_token_hint`, or with a value for
 * `sub`, takes none about anybody else (OpenID Connect Core sections 3.1.2.2 and 5.5.1).
 */
function isExpected(subject: string, params: OpenRequest['params']): boolean {
  const { id_token_hint: hint } = params;
  // Verified when the request came in; since then the storage has it.
  if (typeof hint === 'string' && decodeJwt(hint).sub !== subject) return false;
  return requestedSubjects(params)?.includes(subject) ?? true;
}

const anotherSubject: InteractionResults = {
  error: 'login_required',
  error_description: 'the device is managed, but it is not whom the request asks for',
};

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
  { provider, client, params }: OpenRequest,
  signIn: DeviceSignIn,
): Promise<string> {
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
