/** Signing keys, administrators, API tokens, their OpenID provider, the audit log. */
import type { AdministratorInput } from '../../administration/index.ts';
import type { FederationInput } from '../../admins/index.ts';
import type { AdministratorRole, SigningKeyPurpose } from '../../storage/index.ts';
import {
  flag,
  list,
  object,
  oneOf,
  page,
  ref,
  text,
  whole,
  type JsonSchema,
} from './json-schema.ts';
import { json, noContent, operation, type Operation } from './operation.ts';
import {
  pageParameters,
  spanParameters,
  toPage,
  toSpan,
  type PageParameters,
  type SpanParameters,
} from './queries.ts';
import { jsonLines } from './sign-in-operations.ts';

const keyTag = 'Signing keys';
const purpose = { ...oneOf('challenges', 'openid'), default: 'challenges' };

/** The keys that challenges and ID tokens are signed with. */
const signingKeyOperations: readonly Operation[] = [
  operation<undefined, { purpose?: SigningKeyPurpose }>({
    ...{ id: 'listSigningKeys', method: 'GET', path: '/signing-keys', tag: keyTag },
    summary: 'Lists the keys that challenges are signed with, or the OpenID provider’s ID tokens',
    role: 'auditor',
    query: { purpose },
    answer: json(object({ signingKeys: list(ref('SigningKey')) })),
    handle: async ({ administration, query }) => ({
      signingKeys: await administration.signingKeys.list(query.purpose),
    }),
  }),
  operation<{ immediately: boolean; purpose?: SigningKeyPurpose }>({
    ...{ id: 'rotateSigningKey', method: 'POST', path: '/signing-keys', tag: keyTag },
    summary: 'Makes a new key; immediately, where one has leaked: all others are deleted',
    role: 'admin',
    body: { kind: 'json', schema: object({ immediately: flag, purpose }, ['purpose']) },
    answer: json(ref('SigningKey'), 'It was made.', 201),
    handle: ({ administration, body: { immediately, purpose } }) =>
      administration.signingKeys.rotate(immediately, purpose),
  }),
];

const tag = 'Administrators';
const administratorPath = '/administrators/{id}';
const role = oneOf('admin', 'auditor');
const name = text(100, { minLength: 1 });

/** Passwords are bounded before any work is done on them. */
export const password: JsonSchema = text(1024);

/** People who may sign in. */
const administratorOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listAdministrators', method: 'GET', path: '/administrators', tag },
    ...{ summary: 'Lists the administrators', role: 'auditor' },
    answer: json(object({ administrators: list(ref('Administrator')) })),
    handle: async ({ administration }) => ({
      administrators: await administration.administrators.list(),
    }),
  }),
  operation<AdministratorInput>({
    ...{ id: 'addAdministrator', method: 'POST', path: '/administrators', tag },
    summary: 'Adds an administrator, with a password or a subject at the OpenID provider',
    role: 'admin',
    body: {
      kind: 'json',
      schema: object({ name, role, password, subject: text(255, { minLength: 1 }) }, [
        'password',
        'subject',
      ]),
    },
    ...{ answer: json(ref('Administrator'), 'They were added.', 201), refusals: [409, 422] },
    handle: ({ administration, body }) => administration.administrators.add(body),
  }),
  operation({
    ...{ id: 'getAdministrator', method: 'GET', path: administratorPath, tag },
    ...{ summary: 'Shows an administrator', role: 'auditor' },
    ...{ answer: json(ref('Administrator')), refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.administrators.find(id),
  }),
  operation<{ version: number; role?: AdministratorRole; disabled?: boolean }>({
    ...{ id: 'changeAdministrator', method: 'PATCH', path: administratorPath, tag },
    summary: 'Changes an administrator’s role, or disables them; ends their sessions',
    role: 'admin',
    body: {
      kind: 'json',
      schema: object({ version: whole(1), role, disabled: flag }, ['role', 'disabled']),
    },
    ...{ answer: json(ref('Administrator')), refusals: [404, 409] },
    handle: ({ administration, params: { id = '' }, body: { version, ...changes } }) =>
      administration.administrators.change(id, version, changes),
  }),
  operation<{ password: string }>({
    ...{ id: 'resetPassword', method: 'PUT', path: `${administratorPath}/password`, tag },
    summary: 'Gives an administrator a new password; ends their lock-out and sessions',
    role: 'admin',
    body: { kind: 'json', schema: object({ password }) },
    ...{ answer: json(ref('Administrator')), refusals: [404, 409, 422] },
    handle: ({ administration, params: { id = '' }, body }) =>
      administration.administrators.resetPassword(id, body.password),
  }),
  operation({
    ...{ id: 'removeAdministrator', method: 'DELETE', path: administratorPath, tag },
    ...{ summary: 'Removes an administrator', role: 'admin' },
    ...{ answer: noContent, refusals: [404, 409] },
    handle: ({ administration, params: { id = '' } }) => administration.administrators.remove(id),
  }),
];

const tokenTag = 'API tokens';

/** Tokens of this API. */
const apiTokenOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listApiTokens', method: 'GET', path: '/api-tokens', tag: tokenTag },
    ...{ summary: 'Lists the API tokens, without the tokens', role: 'auditor' },
    answer: json(object({ apiTokens: list(ref('ApiToken')) })),
    handle: async ({ administration }) => ({ apiTokens: await administration.apiTokens.list() }),
  }),
  operation<{ name: string; role: AdministratorRole; days?: number }>({
    ...{ id: 'addApiToken', method: 'POST', path: '/api-tokens', tag: tokenTag },
    ...{ summary: 'Makes an API token, shown this once', role: 'admin' },
    body: { kind: 'json', schema: object({ name, role, days: whole(1, 3650) }, ['days']) },
    answer: json(object({ apiToken: ref('ApiToken'), token: text() }), 'It was made.', 201),
    refusals: [409, 422],
    handle: async ({ administration, body: { name, role, days } }) => {
      const { info, token } = await administration.apiTokens.add(name, role, days);
      return { apiToken: info, token };
    },
  }),
  operation({
    ...{ id: 'removeApiToken', method: 'DELETE', path: '/api-tokens/{id}', tag: tokenTag },
    ...{ summary: 'Removes an API token: it ends at once', role: 'admin' },
    ...{ answer: noContent, refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.apiTokens.remove(id),
  }),
];

const values = list(text(255, { minLength: 1 }), { maxItems: 20 });

/** The administrators' own OpenID provider. */
const federationOperations: readonly Operation[] = [
  operation({
    ...{ id: 'getFederation', method: 'GET', path: '/federation', tag },
    ...{
      summary: 'Shows the administrators’ OpenID provider, without its secret',
      role: 'auditor',
    },
    answer: json(ref('Federation')),
    handle: ({ administration }) => administration.federation.settings(),
  }),
  operation<{ version: number; provider: FederationInput | null }>({
    ...{ id: 'changeFederation', method: 'PUT', path: '/federation', tag },
    summary: 'Sets the administrators’ OpenID provider; null: none. A secret left out stays',
    role: 'admin',
    body: {
      kind: 'json',
      schema: object({
        version: whole(),
        provider: {
          oneOf: [
            { type: 'null' },
            object(
              {
                ...{ name, issuer: text(), clientId: text(), clientSecret: text() },
                ...{ roleClaim: text(), adminValues: values, auditorValues: values },
              },
              ['clientSecret'],
            ),
          ],
        },
      }),
    },
    ...{ answer: json(ref('Federation')), refusals: [409, 422] },
    handle: ({ administration, body: { version, provider } }) =>
      administration.federation.change(version, provider ?? undefined),
  }),
];

const auditTag = 'Audit log';

interface AuditParameters extends PageParameters, SpanParameters {
  readonly actor?: string;
  readonly action?: string;
  readonly target?: string;
}

/** The audit log. */
const auditOperations: readonly Operation[] = [
  operation<undefined, AuditParameters>({
    ...{ id: 'listAuditEntries', method: 'GET', path: '/audit', tag: auditTag },
    ...{ summary: 'Lists what was changed, youngest first', role: 'auditor' },
    query: {
      ...{ ...pageParameters, ...spanParameters },
      ...{ actor: text(256), action: text(100), target: text(2048) },
    },
    ...{ answer: json(page('entries', ref('AuditEntry'))), refusals: [422] },
    handle: async ({ administration, query }) => {
      const wanted = { ...query, ...toSpan(query), ...toPage(query) };
      const { items, next } = await administration.audit.list(wanted);
      return { entries: items, next };
    },
  }),
  operation({
    ...{ id: 'exportAuditLog', method: 'GET', path: '/audit/export', tag: auditTag },
    ...{ summary: 'The whole chain, oldest entry first, line by line', role: 'auditor' },
    answer: {
      ...{ status: 200, description: 'One entry a line.', streams: ['application/x-ndjson'] },
    },
    handle: ({ administration }) =>
      Promise.resolve({
        ...{ mediaType: 'application/x-ndjson', fileName: 'audit-log.ndjson' },
        lines: jsonLines(administration.audit.export()),
      }),
  }),
  operation({
    ...{ id: 'verifyAuditLog', method: 'GET', path: '/audit/verification', tag: auditTag },
    ...{
      summary: 'Reads the whole chain, and tells the first entry that does not fit',
      role: 'auditor',
    },
    answer: json(object({ entries: whole(), problem: ref('AuditProblem') }, ['problem'])),
    handle: ({ administration }) => administration.audit.verify(),
  }),
];

/** All of them. */
export const serverOperations: readonly Operation[] = [
  ...signingKeyOperations,
  ...administratorOperations,
  ...apiTokenOperations,
  ...federationOperations,
  ...auditOperations,
];
