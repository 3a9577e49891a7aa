/** Policies, applications, sign-ins, and the first page. */
import { dryRun } from '../policy/index.ts';
import type { SignIn, SignInQuery } from '../storage/index.ts';
import type { Acting } from './acting.ts';
import type {
  ApplicationUseCases,
  OverviewUseCases,
  PolicyUseCases,
  SignInUseCases,
} from './administration.ts';
import type { AdministrationContext } from './context.ts';
import { AdministrationError } from './errors.ts';
import { countSignIns } from './sign-in-statistics.ts';

/** Sign-ins of one reading. */
const pageSize = 500;

const hour = 3_600_000;

/** Weeks whose expiring certificates the first page shows: a quarter. */
const weeksShown = 13;

/** Authentication policies. */
export function policyUseCases(
  { policies, storage }: AdministrationContext,
  { change }: Acting,
): PolicyUseCases {
  return {
    list: () => policies.list(),
    find: (id) => policies.find(id),
    add: (input) =>
      change('policy.add', async () => {
        const result = await policies.add(input);
        return { result, target: result.id, after: result };
      }),
    replace: (id, version, input) =>
      change('policy.change', async () => {
        const before = await policies.find(id);
        const result = await policies.replace(id, version, input);
        return { result, target: id, before, after: result };
      }),
    remove: (id) =>
      change('policy.remove', async () => {
        const result = await policies.remove(id);
        return { result, target: id, before: result };
      }),
    async dryRun(input, application, limit) {
      const policy = { id: 'dry-run', ...policies.parse(input) };
      const { items } = await storage.signIns.list({ limit, application });
      return dryRun(policy, items);
    },
  };
}

/** Registered applications. */
export function applicationUseCases(
  { applications }: AdministrationContext,
  { change }: Acting,
): ApplicationUseCases {
  return {
    list: () => applications.list(),
    find: (id) => applications.find(id),
    add: (input) =>
      change('application.add', async () => {
        const result = await applications.add(input);
        return { result, target: result.application.id, after: result.application };
      }),
    replace: (id, version, input) =>
      change('application.change', async () => {
        const before = await applications.find(id);
        const result = await applications.replace(id, version, input);
        return { result, target: id, before, after: result };
      }),
    rotateSecret: (id) =>
      change('application.rotate_secret', async () => {
        const result = await applications.rotateSecret(id);
        return { result, target: id };
      }),
    remove: (id) =>
      change('application.remove', async () => {
        const result = await applications.remove(id);
        return { result, target: id, before: result };
      }),
  };
}

/** Sign-ins. */
export function signInUseCases({ storage }: AdministrationContext): SignInUseCases {
  const { signIns } = storage;
  return {
    list: (query) => signIns.list(query),
    async find(transaction) {
      const found = await signIns.find(transaction);
      if (found === undefined) throw new AdministrationError('sign_in_unknown');
      return found;
    },
    export: (query) => readAll(storage.signIns, query),
    statistics: (from, to, bucket, application) =>
      countSignIns(signIns, { from, to, bucket, application }),
  };
}

async function* readAll(
  signIns: AdministrationContext['storage']['signIns'],
  query: Omit<SignInQuery, 'limit' | 'after'>,
): AsyncGenerator<SignIn, void> {
  let after: string | undefined;
  do {
    const page = await signIns.list({ ...query, limit: pageSize, after });
    yield* page.items;
    after = page.next;
  } while (after !== undefined);
}

/** The first page. */
export function overviewUseCases(context: AdministrationContext): OverviewUseCases {
  const { inventory, authorities, revocation, storage, clock } = context;
  return {
    async read() {
      // The hour under way is the last of 24.
      const to = new Date((Math.floor(clock.now().getTime() / hour) + 1) * hour);
      const from = new Date(to.getTime() - 24 * hour);
      const [devices, expiring, signIns, listed, { crls, problems }] = await Promise.all([
        inventory.counts(),
        inventory.expiringByWeek(weeksShown),
        countSignIns(storage.signIns, { from, to, bucket: 'hour' }),
        authorities.list(),
        revocation.list(),
      ]);
      return { devices, expiring, signIns, authorities: listed, crls, problems };
    },
  };
}
