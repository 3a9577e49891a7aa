/** The storage over a database, and the two ways to open one. */
import type { Storage } from '../storage.ts';
import { createAdministratorSessionStore } from './administrator-sessions.ts';
import { createAdministratorStore } from './administrators.ts';
import { createApiTokenStore } from './api-tokens.ts';
import { createApplicationStore } from './applications.ts';
import { createAuditStore } from './audit.ts';
import { createAuthorityStore } from './authorities.ts';
import { crls } from './crls.ts';
import { explainingFailure } from './database-failure.ts';
import { createDeviceStore } from './devices.ts';
import { fetchStates } from './fetch-states.ts';
import { joinDatabase } from './joined-database.ts';
import { createLeaseStore } from './leases.ts';
import { ocspResponses } from './ocsp-responses.ts';
import { createOidcStore } from './oidc-payloads.ts';
import { createPolicyStore } from './policies.ts';
import { migrate } from './migrations.ts';
import { readPostgresqlUrl } from './postgresql-address.ts';
import { createPostgresqlDatabase, type PostgresqlOptions } from './postgresql-database.ts';
import { createSessionStore } from './sessions.ts';
import { createSettingsStore } from './settings.ts';
import { createSignInStore } from './sign-ins.ts';
import { createSigningKeyStore } from './signing-keys.ts';
import type { SqlDatabase } from './sql-database.ts';
import { openSqliteDatabase } from './sqlite-database.ts';
import { createTransactionStore } from './transactions.ts';

/**
 * Opens storage in one SQLite file: the default, with nothing to set up.
 *
 * @param path - the file; made where there is none, readable by its owner only
 * @throws ServerError `storage_unavailable` or `storage_newer`
 */
export function openSqliteStorage(path: string): Promise<Storage> {
  return explainingFailure(path, async () => {
    const database = openSqliteDatabase(path);
    try {
      await migrate(database);
    } catch (error) {
      await database.close();
      throw error;
    }
    return createStorage(database);
  });
}

/**
 * Opens storage in PostgreSQL, which several server processes share.
 *
 * @throws ServerError `storage_unavailable` or `storage_newer`
 */
export async function openPostgresqlStorage(options: PostgresqlOptions): Promise<Storage> {
  const { name, exposedTo: host } = readPostgresqlUrl(options.url);
  if (host !== undefined) {
    options.logger.warn('database connection not encrypted: use sslmode=verify-full', { host });
  }
  // Another process may be migrating, and a step may take long: neither is a reason to give up.
  const maintenance = createPostgresqlDatabase({ ...options, connections: 1 }, 'maintenance');
  try {
    await explainingFailure(name, () => migrate(maintenance));
  } finally {
    await maintenance.close();
  }
  return createStorage(createPostgresqlDatabase(options, 'serving'));
}

function createStorage(connected: SqlDatabase): Storage {
  const database = joinDatabase(connected);
  return {
    transactions: createTransactionStore(database),
    signIns: createSignInStore(database),
    authorities: createAuthorityStore(database),
    sessions: createSessionStore(database),
    signingKeys: createSigningKeyStore(database, 'challenges'),
    openidKeys: createSigningKeyStore(database, 'openid'),
    revocation: { ...crls(database), ...ocspResponses(database), ...fetchStates(database) },
    devices: createDeviceStore(database),
    policies: createPolicyStore(database),
    applications: createApplicationStore(database),
    settings: createSettingsStore(database),
    administrators: createAdministratorStore(database),
    administratorSessions: createAdministratorSessionStore(database),
    apiTokens: createApiTokenStore(database),
    audit: createAuditStore(database),
    oidc: createOidcStore(database),
    leases: createLeaseStore(database),
    atomically: (work) => database.atomically(work),
    async ping() {
      await database.get('SELECT 1 AS alive');
    },
    close: () => database.close(),
  };
}
