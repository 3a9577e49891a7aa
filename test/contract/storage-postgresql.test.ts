import { afterAll, beforeAll } from 'vitest';
import { silentLogger } from '../../src/core/index.ts';
import { openPostgresqlStorage } from '../../src/server/index.ts';
import { postgresqlComponent, PostgresqlServer } from '../testkit/postgresql.ts';
import { describeWith } from '../testkit/require-component.ts';
import { describeStorage } from './storage.contract.ts';

describeWith('PostgreSQL', [postgresqlComponent], () => {
  let server: PostgresqlServer;

  beforeAll(async () => {
    server = await PostgresqlServer.start();
  });
  afterAll(() => server.remove());

  describeStorage('PostgreSQL storage', async () => {
    const url = await server.createDatabase();
    const open = () => openPostgresqlStorage({ url, logger: silentLogger, connections: 4 });
    return { storage: await open(), reopen: open, cleanUp: () => Promise.resolve() };
  });
});
