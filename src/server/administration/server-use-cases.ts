/** Signing keys, administrators, API tokens, their OpenID provider, and the audit log. */
import { randomUuid } from '../../core/index.ts';
import { AdminError, describeFederation, type AdministratorInfo } from '../admins/index.ts';
import { verifyAuditChain } from '../audit/index.ts';
import type { AdministratorRole, ApiToken, AuditEntry, AuditStore } from '../storage/index.ts';
import type { Acting } from './acting.ts';
import type {
  AdministratorUseCases,
  ApiTokenUseCases,
  AuditUseCases,
  FederationUseCases,
  SigningKeyUseCases,
} from './administration.ts';
import { describeApiToken, hashApiToken, makeApiToken } from './api-token.ts';
import type { AdministrationContext } from './context.ts';

/** The keys that challenges and ID tokens are signed with. */
export function signingKeyUseCases(
  { signingKeys, openidKeys }: AdministrationContext,
  { change }: Acting,
): SigningKeyUseCases {
  const keys = { challenges: signingKeys, openid: openidKeys };
  return {
    list: (purpose = 'challenges') => keys[purpose].list(),
    rotate: (immediately, purpose = 'challenges') =>
      change('signing_key.rotate', async () => {
        const result = await keys[purpose].rotate(immediately);
        return { result, target: result.id, after: { ...result, purpose, immediately } };
      }),
  };
}

/** People who may sign in here. */
export function administratorUseCases(
  { accounts, federation }: AdministrationContext,
  { change, changeAccess, requireAccess }: Acting,
): AdministratorUseCases {
  return {
    list: () => accounts.list(),
    find: (id) => accounts.find(id),
    async add({ name, role, password, subject }) {
      requireAccess();
      const { provider } = await federation.load();
      if (subject !== undefined && provider === undefined) throw new AdminError('federation_off');
      if (subject === undefined && password === undefined) {
        const message = 'An administrator needs a password, or a subject at the OpenID provider.';
        throw new AdminError('administrator_invalid', { message });
      }
      // A third of a second's work, which must not hold up the storage.
      const passwordHash = password && (await accounts.hashPassword(password, name));
      return changeAccess('administrator.add', async () => {
        const identity = provider && subject ? { issuer: provider.issuer, subject } : undefined;
        const account = { name, role, passwordHash, federation: identity };
        const result = await accounts.add(account);
        return { result, target: result.id, after: stateOf(result) };
      });
    },
    change(id, version, changes) {
      // To take somebody's access away, nobody need sign in again first.
      const takesAway = changes.disabled === true && changes.role === undefined;
      const make = takesAway ? change : changeAccess;
      return make('administrator.change', async () => {
        const before = stateOf(await accounts.find(id));
        const result = await accounts.change(id, version, changes);
        return { result, target: id, before, after: stateOf(result) };
      });
    },
    async resetPassword(id, password) {
      requireAccess();
      const { name } = await accounts.find(id);
      const passwordHash = await accounts.hashPassword(password, name);
      return changeAccess('administrator.reset_password', async () => {
        const result = await accounts.setPassword(id, passwordHash);
        return { result, target: id };
      });
    },
    remove: (id) =>
      change('administrator.remove', async () => {
        const result = await accounts.remove(id);
        return { result, target: id, before: stateOf(result) };
      }),
  };
}

function stateOf({ name, role, disabled, federation }: AdministratorInfo) {
  return { name, role, disabled, federation };
}

const maxNameLength = 100;
const maxDays = 3650;
const day = 86_400_000;

/** Tokens that programs use the admin API with. */
export function apiTokenUseCases(
  { storage, clock, random }: AdministrationContext,
  { actor, change, changeAccess }: Acting,
): ApiTokenUseCases {
  return {
    list: async () => (await storage.apiTokens.list()).map(describeApiToken),
    add: (name, role, days) =>
      changeAccess('api_token.add', async () => {
        const createdAt = clock.now();
        const secret = makeApiToken(random);
        const expiresAt = expiryOf(days, createdAt);
        const token: ApiToken = {
          ...{
            id: randomUuid(random),
            name: checkTokenName(name),
            role: checkTokenRole(role),
            createdAt,
          },
          ...{ hash: hashApiToken(secret), createdBy: actor.name },
          ...(expiresAt === undefined ? {} : { expiresAt }),
        };
        if (!(await storage.apiTokens.add(token))) throw new AdminError('api_token_name_taken');
        const info = describeApiToken(token);
        return { result: { info, token: secret }, target: token.id, after: info };
      }),
    remove: (id) =>
      change('api_token.remove', async () => {
        const removed = await storage.apiTokens.remove(id);
        if (removed === undefined) throw new AdminError('api_token_unknown');
        const result = describeApiToken(removed);
        return { result, target: id, before: result };
      }),
  };
}

function checkTokenName(value: string): string {
  const name = value.normalize('NFKC').trim();
  if (name !== '' && name.length <= maxNameLength && !/\p{C}/u.test(name)) return name;
  throw invalidToken(
    `A name has 1 to ${maxNameLength} characters, none of them a control character.`,
  );
}

/** Roles come from outside, whatever their type says. */
function checkTokenRole(role: AdministratorRole): AdministratorRole {
  const known = (['admin', 'auditor'] as const).find((one) => one === role);
  if (known !== undefined) return known;
  throw invalidToken('A role is admin or auditor.');
}

function expiryOf(days: number | undefined, now: Date): Date | undefined {
  if (days === undefined) return undefined;
  if (Number.isInteger(days) && days >= 1 && days <= maxDays) {
    return new Date(now.getTime() + days * day);
  }
  throw invalidToken(`A lifetime is a whole number of days from 1 to ${maxDays}.`);
}

function invalidToken(message: string): AdminError {
  return new AdminError('api_token_invalid', { message });
}

/** The administrators' own OpenID provider. */
export function federationUseCases(
  { federation, redirectUri }: AdministrationContext,
  { changeAccess }: Acting,
): FederationUseCases {
  return {
    settings: async () => describeFederation(await federation.load(), redirectUri()),
    change: (version, input) =>
      changeAccess('federation.change', async () => {
        const before = describeFederation(await federation.load(), redirectUri());
        const result = describeFederation(await federation.change(version, input), redirectUri());
        return { result, before: before.provider, after: result.provider };
      }),
  };
}

/** Entries of one reading. */
const pageSize = 500;

/** The audit log. */
export function auditUseCases({ storage }: AdministrationContext): AuditUseCases {
  return {
    list: (query) => storage.audit.list(query),
    export: () => readAll(storage.audit),
    verify: () => verifyAuditChain(storage.audit),
  };
}

async function* readAll(store: AuditStore): AsyncGenerator<AuditEntry, void> {
  let after = 0;
  for (;;) {
    const page = await store.read(after, pageSize);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageSize) return;
    after = last.sequence;
  }
}
