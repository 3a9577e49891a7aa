/** Registered applications over the storage. */
import {
  isJsonObject,
  parseStrictJson,
  randomUuid,
  type Clock,
  type RandomSource,
} from '../../core/index.ts';
import { defaultPolicyId, type Policies } from '../policy/index.ts';
import { createRefreshed } from '../refreshed.ts';
import type { ApplicationStore, StoredApplication } from '../storage/index.ts';
import type { Application, Applications } from './applications.ts';
import { hashSecret, isSecret, makeSecret } from './client-secret.ts';
import { ApplicationError } from './errors.ts';
import { applicationLimits, defaultFields, parseFields, parseKind } from './parse-application.ts';

/** What {@link createApplications} needs. */
export interface ApplicationsContext {
  readonly store: ApplicationStore;
  readonly policies: Pick<Policies, 'list'>;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** How soon a change by another process holds, in milliseconds. */
const maxAge = 1000;

/** Makes the service. */
export function createApplications(context: ApplicationsContext): Applications {
  const { store, clock, random } = context;
  const inForce = createRefreshed(() => loadActive(store), clock, maxAge);

  async function findStored(id: string): Promise<StoredApplication> {
    const stored = await store.find(id);
    if (stored === undefined) throw new ApplicationError('application_unknown');
    return stored;
  }

  async function save(given: StoredApplication): Promise<Application> {
    await requirePolicy(context.policies, given.policy);
    // The default policy is not stored as long as nobody has changed it.
    const policy = given.policy === defaultPolicyId ? undefined : given.policy;
    const stored = { ...given, policy };
    const saved = stored.version === 1 ? await store.add(stored) : await store.replace(stored);
    inForce.invalidate();
    if (saved) return toApplication(stored);
    const others = (await store.list()).filter(({ id }) => id !== stored.id);
    const isTaken = others.some(({ name }) => name === stored.name);
    throw new ApplicationError(isTaken ? 'application_name_taken' : 'application_changed');
  }

  return {
    list: async () => (await store.list()).map(toApplication),
    find: async (id) => toApplication(await findStored(id)),
    active: async (id) => (await inForce.get()).applications.get(id)?.application,
    isOrigin: async (origin) => (await inForce.get()).origins.has(origin),
    async add(input) {
      const { kind, isPublic } = parseKind(input);
      const fields = parseFields(kind, input, defaultFields);
      const secret = isPublic ? undefined : makeSecret(random);
      const secretHash = secret === undefined ? undefined : hashSecret(secret);
      const id = randomUuid(random);
      const createdAt = clock.now();
      return {
        application: await save({ ...fields, id, kind, secretHash, createdAt, version: 1 }),
        secret,
      };
    },
    async replace(id, version, input) {
      const present = await findStored(id);
      if (present.version !== version) throw new ApplicationError('application_changed');
      const fields = parseFields(present.kind, input, present);
      return save({ ...present, ...fields, version: version + 1 });
    },
    async rotateSecret(id) {
      const present = await findStored(id);
      if (present.secretHash === undefined) throw new ApplicationError('application_public');
      const secret = makeSecret(random);
      const next = { ...present, secretHash: hashSecret(secret), version: present.version + 1 };
      return { application: await save(next), secret };
    },
    async remove(id) {
      const application = toApplication(await findStored(id));
      if (!(await store.remove(id))) throw new ApplicationError('application_unknown');
      inForce.invalidate();
      return application;
    },
    async authenticate(id, secret) {
      const known = (await inForce.get()).applications.get(id);
      if (isSecret(secret, known?.secretHash) && known !== undefined) return known.application;
      throw new ApplicationError('application_credentials_invalid');
    },
  };
}

/** The applications that are not disabled, as the running server asks for them. */
interface ActiveApplications {
  readonly applications: ReadonlyMap<
    string,
    { readonly application: Application; readonly secretHash: string | undefined }
  >;
  readonly origins: ReadonlySet<string>;
}

async function loadActive(store: ApplicationStore): Promise<ActiveApplications> {
  const active = (await store.list()).filter(({ disabled }) => !disabled);
  return {
    applications: new Map(
      active.map((stored) => [
        stored.id,
        { application: toApplication(stored), secretHash: stored.secretHash },
      ]),
    ),
    origins: new Set(active.flatMap(({ origins }) => origins)),
  };
}

async function requirePolicy(policies: Pick<Policies, 'list'>, id: string | undefined) {
  if (id === undefined || (await policies.list()).some((policy) => policy.id === id)) return;
  throw new ApplicationError('application_policy_unknown');
}

function toApplication({
  secretHash,
  settings,
  policy,
  ...stored
}: StoredApplication): Application {
  const parsed = parseStrictJson(settings, {
    maxLength: applicationLimits.settingsLength,
    maxDepth: 8,
  });
  return {
    ...stored,
    policy: policy ?? defaultPolicyId,
    hasSecret: secretHash !== undefined,
    settings: isJsonObject(parsed) ? parsed : {},
  };
}
