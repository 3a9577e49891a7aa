/** Set-up, sign-in, and what people change of their own account. */
import type { JsonObject } from '../../../core/index.ts';
import { AdminError, type NewSession, type SignedIn } from '../../admins/index.ts';
import type { ApiContext } from '../context.ts';
import { flag, object, ref, text, type JsonSchema } from './json-schema.ts';
import { json, noContent, operation, type Operation, type OperationRequest } from './operation.ts';
import { password } from './server-operations.ts';

const tag = 'Sign-in';
const ownTag = 'Own account';
const name = text(100, { minLength: 1 });

/** Longest members of a WebAuthn answer, in characters. */
const longest = text(32_768);

/** WebAuthn's JSON form; what it says is the passkey's business. */
function webAuthnAnswer(response: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const given = { type: 'object', additionalProperties: true };
  return {
    ...given,
    properties: {
      ...{ id: text(2048), rawId: text(2048), type: { const: 'public-key' } },
      response: { ...given, properties: response, required: Object.keys(response) },
      clientExtensionResults: { type: 'object' },
    },
    required: ['id', 'rawId', 'type', 'response', 'clientExtensionResults'],
  };
}

const authenticationAnswer = webAuthnAnswer({
  ...{ clientDataJSON: longest, authenticatorData: longest, signature: longest },
});
const registrationAnswer = webAuthnAnswer({ clientDataJSON: longest, attestationObject: longest });

type Request = OperationRequest<unknown, unknown>;

/** Opens the session in the browser that asks. */
function opened({ signedIn, setCookie }: NewSession, request: Request) {
  request.setCookie(setCookie);
  const { administrator, csrfToken } = signedIn;
  return { administrator, csrfToken };
}

/** Routes of role `session` are reached with one only. */
function sessionOf({ signedIn }: Request): SignedIn {
  if (signedIn === undefined) throw new AdminError('sign_in_required');
  return signedIn;
}

/** Set-up and sign-in. */
function signInOperations({ access }: ApiContext): readonly Operation[] {
  return [
    operation({
      ...{ id: 'getSetup', method: 'GET', path: '/setup', tag },
      ...{ summary: 'Tells whether the first administrator is still to be made', role: 'anyone' },
      answer: json(object({ needed: flag })),
      handle: async () => ({ needed: await access.needsSetup() }),
    }),
    operation<{ token: string; name: string; password: string }>({
      ...{ id: 'setUp', method: 'POST', path: '/setup', tag },
      ...{ summary: 'Makes the first administrator, and signs them in', role: 'anyone' },
      body: { kind: 'json', schema: object({ token: text(256), name, password }) },
      ...{ answer: json(ref('Session'), 'It was made.', 201), refusals: [401, 409, 422] },
      handle: async (request) => {
        const { token, name, password } = request.body;
        return opened(await access.setUp(token, name, password, request.address), request);
      },
    }),
    operation<{ name: string; password: string }>({
      ...{ id: 'signIn', method: 'POST', path: '/session', tag },
      ...{ summary: 'Signs in with a password; the session is in a cookie', role: 'anyone' },
      body: { kind: 'json', schema: object({ name: text(100), password }) },
      ...{ answer: json(ref('Session'), 'Signed in.', 201), refusals: [401] },
      handle: async (request) => {
        const { name, password } = request.body;
        return opened(await access.signIn(name, password, request.address), request);
      },
    }),
    operation({
      ...{ id: 'beginPasskeySignIn', method: 'POST', path: '/session/passkey-options', tag },
      ...{ summary: 'Begins a sign-in with a passkey (WebAuthn)', role: 'anyone' },
      answer: json(ref('Ceremony')),
      handle: ({ address }) => access.beginPasskey(address),
    }),
    operation<{ ceremony: string; response: JsonObject }>({
      ...{ id: 'finishPasskeySignIn', method: 'POST', path: '/session/passkey', tag },
      ...{ summary: 'Signs in with a passkey', role: 'anyone' },
      body: {
        kind: 'json',
        schema: object({ ceremony: text(100), response: authenticationAnswer }),
      },
      ...{ answer: json(ref('Session'), 'Signed in.', 201), refusals: [401] },
      handle: async (request) => {
        const { ceremony, response } = request.body;
        return opened(await access.finishPasskey(ceremony, response, request.address), request);
      },
    }),
    operation({
      ...{ id: 'getSession', method: 'GET', path: '/session', tag },
      ...{ summary: 'Tells who asks, and the session’s token', role: 'auditor' },
      answer: json(ref('Actor')),
      handle: ({ administration: { actor }, signedIn }) => {
        const { name, role, via } = actor;
        return Promise.resolve({ name, role, via, csrfToken: signedIn?.csrfToken });
      },
    }),
    operation({
      ...{ id: 'signOut', method: 'DELETE', path: '/session', tag },
      ...{ summary: 'Ends the session', role: 'session', answer: noContent },
      handle: async (request) => {
        request.setCookie(await access.signOut(sessionOf(request), request.address));
      },
    }),
  ];
}

/** What people change of their own account. */
function ownAccountOperations({ ownAccount }: ApiContext): readonly Operation[] {
  return [
    operation<{ present: string; password: string }>({
      ...{ id: 'changeOwnPassword', method: 'PUT', path: '/session/password', tag: ownTag },
      ...{ summary: 'Changes one’s password; ends all other sessions', role: 'session' },
      body: { kind: 'json', schema: object({ present: password, password }) },
      ...{ answer: noContent, refusals: [409, 422] },
      handle: (request) => {
        const { present, password } = request.body;
        return ownAccount.changePassword(sessionOf(request), present, password, request.address);
      },
    }),
    operation({
      ...{ id: 'beginOwnPasskey', method: 'POST', tag: ownTag },
      path: '/session/passkeys/options',
      ...{ summary: 'Begins to register a passkey (WebAuthn)', role: 'session' },
      ...{ answer: json(ref('Ceremony')), refusals: [404] },
      handle: (request) => ownAccount.beginPasskey(sessionOf(request)),
    }),
    operation<{ ceremony: string; name: string; response: JsonObject }>({
      ...{ id: 'addOwnPasskey', method: 'POST', path: '/session/passkeys', tag: ownTag },
      ...{ summary: 'Registers a passkey', role: 'session' },
      body: {
        kind: 'json',
        schema: object({ ceremony: text(100), name, response: registrationAnswer }),
      },
      ...{ answer: json(ref('Passkey'), 'It was registered.', 201), refusals: [404, 409, 422] },
      handle: (request) => {
        const { ceremony, name, response } = request.body;
        const signedIn = sessionOf(request);
        return ownAccount.finishPasskey(signedIn, ceremony, name, response, request.address);
      },
    }),
    operation({
      ...{ id: 'removeOwnPasskey', method: 'DELETE', path: '/session/passkeys/{id}', tag: ownTag },
      ...{ summary: 'Removes a passkey', role: 'session', answer: noContent },
      refusals: [404, 409],
      handle: (request) => {
        const { id = '' } = request.params;
        return ownAccount.removePasskey(sessionOf(request), id, request.address);
      },
    }),
  ];
}

/** All of them. */
export function sessionOperations(context: ApiContext): readonly Operation[] {
  return [...signInOperations(context), ...ownAccountOperations(context)];
}
