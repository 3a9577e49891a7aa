/** Authentication policies and registered applications. */
import type { ApplicationInput } from '../../applications/index.ts';
import { applicationKinds, applicationLimits } from '../../applications/index.ts';
import { policyLimits, type PolicyInput } from '../../policy/index.ts';
import { flag, list, object, oneOf, ref, text, whole, type JsonSchema } from './json-schema.ts';
import { json, noContent, operation, type Operation } from './operation.ts';

const tag = 'Authentication policies';
const policyPath = '/policies/{id}';

const policyInput: Readonly<Record<string, JsonSchema>> = {
  name: text(policyLimits.nameLength, { minLength: 1 }),
  rules: list(ref('PolicyRule'), { maxItems: policyLimits.rules }),
};

/** Sign-ins that a dry run looks at where nothing is said. */
const dryRunLimit = 200;

interface DryRunBody extends PolicyInput {
  readonly application?: string;
  readonly limit?: number;
}

/** Authentication policies. */
export const policyOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listPolicies', method: 'GET', path: '/policies', tag },
    ...{ summary: 'Lists the policies, the default one first', role: 'auditor' },
    answer: json(object({ policies: list(ref('Policy')) })),
    handle: async ({ administration }) => ({ policies: await administration.policies.list() }),
  }),
  operation<PolicyInput>({
    ...{ id: 'addPolicy', method: 'POST', path: '/policies', tag },
    ...{ summary: 'Adds a policy', role: 'admin' },
    body: { kind: 'json', schema: object(policyInput) },
    ...{ answer: json(ref('Policy'), 'It was added.', 201), refusals: [409, 422] },
    handle: ({ administration, body }) => administration.policies.add(body),
  }),
  operation<DryRunBody>({
    ...{ id: 'dryRunPolicy', method: 'POST', path: '/policies/dry-run', tag },
    summary: 'Shows what a policy would have said of the latest sign-ins; nothing is saved',
    role: 'auditor',
    body: {
      kind: 'json',
      schema: object({ ...policyInput, application: text(100), limit: whole(1, 1000) }, [
        'application',
        'limit',
      ]),
    },
    ...{ answer: json(ref('DryRun')), refusals: [422] },
    handle: ({ administration, body: { application, limit = dryRunLimit, ...policy } }) =>
      administration.policies.dryRun(policy, application, limit),
  }),
  operation({
    ...{ id: 'getPolicy', method: 'GET', path: policyPath, tag },
    ...{ summary: 'Shows a policy', role: 'auditor' },
    ...{ answer: json(ref('Policy')), refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.policies.find(id),
  }),
  operation<PolicyInput & { version: number }>({
    ...{ id: 'replacePolicy', method: 'PUT', path: policyPath, tag },
    ...{ summary: 'Changes a policy', role: 'admin' },
    body: { kind: 'json', schema: object({ ...policyInput, version: whole() }) },
    ...{ answer: json(ref('Policy')), refusals: [404, 409, 422] },
    handle: ({ administration, params: { id = '' }, body: { version, ...policy } }) =>
      administration.policies.replace(id, version, policy),
  }),
  operation({
    ...{ id: 'removePolicy', method: 'DELETE', path: policyPath, tag },
    ...{ summary: 'Removes a policy that no application has', role: 'admin' },
    ...{ answer: noContent, refusals: [404, 409] },
    handle: ({ administration, params: { id = '' } }) => administration.policies.remove(id),
  }),
];

const appTag = 'Applications';
const applicationPath = '/applications/{id}';

const address = text(applicationLimits.urlLength);
const applicationChanges: Readonly<Record<string, JsonSchema>> = {
  name: text(applicationLimits.nameLength, { minLength: 1 }),
  policy: text(100),
  origins: list(address, { maxItems: applicationLimits.origins }),
  redirectUris: list(address, { maxItems: applicationLimits.redirectUris }),
  settings: { type: 'object' },
  disabled: flag,
};
const changeable = Object.keys(applicationChanges);

/** Registered applications. */
export const applicationOperations: readonly Operation[] = [
  operation({
    ...{ id: 'listApplications', method: 'GET', path: '/applications', tag: appTag },
    ...{ summary: 'Lists the applications', role: 'auditor' },
    answer: json(object({ applications: list(ref('Application')) })),
    handle: async ({ administration }) => ({
      applications: await administration.applications.list(),
    }),
  }),
  operation<ApplicationInput>({
    ...{ id: 'addApplication', method: 'POST', path: '/applications', tag: appTag },
    summary: 'Registers an application; its secret is shown this once',
    role: 'admin',
    body: {
      kind: 'json',
      schema: object({ ...applicationChanges, kind: oneOf(...applicationKinds), public: flag }, [
        ...changeable.filter((name) => name !== 'name'),
        'public',
      ]),
    },
    ...{ answer: json(ref('IssuedSecret'), 'It was registered.', 201), refusals: [409, 422] },
    handle: ({ administration, body }) => administration.applications.add(body),
  }),
  operation({
    ...{ id: 'getApplication', method: 'GET', path: applicationPath, tag: appTag },
    ...{ summary: 'Shows an application', role: 'auditor' },
    ...{ answer: json(ref('Application')), refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.applications.find(id),
  }),
  operation<ApplicationInput & { version: number }>({
    ...{ id: 'changeApplication', method: 'PATCH', path: applicationPath, tag: appTag },
    ...{ summary: 'Changes an application; members left out stay as they are', role: 'admin' },
    body: {
      kind: 'json',
      schema: object({ ...applicationChanges, version: whole(1) }, changeable),
    },
    ...{ answer: json(ref('Application')), refusals: [404, 409, 422] },
    handle: ({ administration, params: { id = '' }, body: { version, ...changes } }) =>
      administration.applications.replace(id, version, changes),
  }),
  operation({
    ...{ id: 'rotateApplicationSecret', method: 'POST', tag: appTag },
    path: `${applicationPath}/secret`,
    summary: 'Makes a new secret, shown this once; the one before ends at once',
    role: 'admin',
    ...{ answer: json(ref('IssuedSecret'), 'It was made.', 201), refusals: [404, 409] },
    handle: ({ administration, params: { id = '' } }) =>
      administration.applications.rotateSecret(id),
  }),
  operation({
    ...{ id: 'removeApplication', method: 'DELETE', path: applicationPath, tag: appTag },
    ...{ summary: 'Removes an application', role: 'admin' },
    ...{ answer: noContent, refusals: [404] },
    handle: ({ administration, params: { id = '' } }) => administration.applications.remove(id),
  }),
];
