import { afterAll, beforeAll, describe } from 'vitest';
import { silentLogger } from '../../src/core/index.ts';
import { openPostgresqlStorage } from '../../src/server/index.ts';
import { postgresqlComponent, PostgresqlServer } from '../testkit/postgresql.ts';
import { describeWith } from '../testkit/require-component.ts';
import { describeAdministration } from './storage-administration.contract.ts';
import { describeCopies } from './storage-copy.contract.ts';
import { describeDevices } from './storage-devices.contract.ts';
import type { StorageHarness } from './storage-harness.ts';
import { openSqliteHarness } from './storage-sqlite-harness.ts';
import { describeStorage } from './storage.contract.ts';

describeWith('PostgreSQL storage', [postgresqlComponent], () => {
  let server: PostgresqlServer;
  let database: string;

  beforeAll(async () => {
    server = await PostgresqlServer.start();
    database = await server.createDatabase();
  });
  afterAll(() => server.remove());

  async function open(url = database): Promise<StorageHarness> {
    const reopen = () => openPostgresqlStorage({ url, logger: silentLogger, connections: 4 });
    return {
      storage: await reopen(),
      address: { kind: 'postgresql', url },
      reopen,
      cleanUp: () => server.empty(url),
    };
  }

  describeStorage(open);
  describeDevices(open);
  describeAdministration(open);
  describe('to another one', () => {
    describeCopies(open, async () => open(await server.createDatabase()));
  });
  describe('to SQLite', () => {
    describeCopies(open, openSqliteHarness);
  });
  describe('from SQLite', () => {
    describeCopies(openSqliteHarness, open);
  });
});
