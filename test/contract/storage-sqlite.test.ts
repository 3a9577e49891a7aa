import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage } from '../../src/server/index.ts';
import { describeStorage } from './storage.contract.ts';

async function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'countersign-storage-'));
}

describeStorage('SQLite storage', async () => {
  const directory = await scratch();
  const path = join(directory, 'countersign.db');
  return {
    storage: await openSqliteStorage(path),
    reopen: () => openSqliteStorage(path),
    cleanUp: () => rm(directory, { recursive: true }),
  };
});

describe('a SQLite file', () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await scratch();
    path = join(directory, 'countersign.db');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it.skipIf(process.platform === 'win32')(
    'and its companions are readable by their owner only, whatever the umask',
    async () => {
      const umask = process.umask(0);
      try {
        const storage = await openSqliteStorage(path);
        for (const suffix of ['', '-wal', '-shm']) {
          expect((await stat(path + suffix)).mode & 0o777).toBe(0o600);
        }
        await storage.close();
      } finally {
        process.umask(umask);
      }
    },
  );

  it('of a newer version is refused and left as it is', async () => {
    await (await openSqliteStorage(path)).close();
    const database = new SqliteDatabase(path);
    database.pragma('user_version = 99');
    await expect(openSqliteStorage(path)).rejects.toMatchObject({ code: 'storage_newer' });
    expect(database.pragma('user_version', { simple: true })).toBe(99);
    database.close();
  });

  it('that another process holds is told as storage_unavailable', async () => {
    const storage = await openSqliteStorage(path);
    const database = new SqliteDatabase(path);
    database.exec('BEGIN EXCLUSIVE');
    const taken = storage.transactions.take('t', 'n', new Date());
    await expect(taken).rejects.toMatchObject({ code: 'storage_unavailable' });
    database.close();
    await storage.close();
  });

  it('that is no database is not overwritten', async () => {
    await writeFile(path, 'not a database, but sixteen bytes and more');
    await expect(openSqliteStorage(path)).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toContain('not a database');
  });
});
