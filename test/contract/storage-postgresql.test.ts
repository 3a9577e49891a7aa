import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it('may be opened by several processes at once, empty as it is', async () => {
    const url = await server.createDatabase();
    const opened = await Promise.all(Array.from({ length: 4 }, () => open(url)));
    for (const { storage } of opened) {
      await storage.ping();
      await storage.close();
    }
  });

  it('is refused, and left as it is, where a newer version wrote it', async () => {
    const url = await server.createDatabase();
    await (await open(url)).storage.close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('UPDATE schema_version SET version = 99');
    await expect(open(url)).rejects.toMatchObject({ code: 'storage_newer' });
    const { rows } = await client.query('SELECT version FROM schema_version');
    expect(rows).toEqual([{ version: '99' }]);
    await client.end();
  });

  it('tells a statement that is wrong as what it is, not as a database that may answer later', async () => {
    const url = await server.createDatabase();
    const { storage } = await open(url);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query('ALTER TABLE leases RENAME TO gone');
    await client.query('ALTER TABLE settings ALTER COLUMN version TYPE SMALLINT');
    await client.end();
    await expect(storage.leases.release('name', 'holder')).rejects.toMatchObject({
      code: '42P01',
      message: 'relation "leases" does not exist',
    });
    const tooLarge = storage.settings.put({ key: 'k', value: '{}', version: 40_000 });
    await expect(tooLarge).rejects.toMatchObject({ code: '22003' });
    await storage.close();
  });

  it('says what its user may not do', async () => {
    const url = new URL(await server.createDatabase());
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(`CREATE ROLE guest LOGIN PASSWORD 'guest'`);
    await client.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
    await client.end();
    url.username = url.password = 'guest';
    await expect(open(url.href)).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(
        /permission denied for schema public \(the user must own the database\)/,
      ) as string,
    });
  });

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
