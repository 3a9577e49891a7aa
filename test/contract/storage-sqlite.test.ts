import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStorage } from '../../src/server/index.ts';
import { copiedTables, uncopiedTables } from '../../src/server/storage/sql/copied-tables.ts';
import { describeAdministration } from './storage-administration.contract.ts';
import { describeCopies } from './storage-copy.contract.ts';
import { describeDevices } from './storage-devices.contract.ts';
import { openSqliteHarness } from './storage-sqlite-harness.ts';
import { describeStorage } from './storage.contract.ts';

async function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'countersign-storage-'));
}

describe('SQLite storage', () => {
  describeStorage(openSqliteHarness);
  describeDevices(openSqliteHarness);
  describeAdministration(openSqliteHarness);
  describeCopies(openSqliteHarness, openSqliteHarness);
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

  it('of version 0.1.0 is brought up to date without loss', async () => {
    const database = new SqliteDatabase(path);
    database.exec(await readFile(new URL('fixtures/schema-2.sql', import.meta.url), 'utf8'));
    database.close();
    const storage = await openSqliteStorage(path);
    expect((await storage.transactions.find('pending'))?.state).toBe('pending');
    const { items } = await storage.signIns.list({ limit: 10 });
    expect(items.map(({ result }) => result.code)).toEqual([
      'certificate_expired',
      'device_managed',
    ]);
    const expired = await storage.signIns.list({ limit: 10, code: 'certificate_expired' });
    expect(expired.items).toEqual([items[0]]);
    const counts = await storage.signIns.counts(new Date(0), new Date('2030-01-01'));
    expect(counts.map(({ code, allowed, count }) => [code, allowed, count])).toEqual([
      ['certificate_expired', false, 1],
      ['device_managed', true, 1],
    ]);
    const [authority] = await storage.authorities.list();
    expect(authority).toMatchObject({ id: 'ca', disabled: false, revocation: { mode: 'off' } });
    expect(authority?.der).toEqual(Buffer.from([0, 1, 255]));
    expect(await storage.sessions.find('s', new Date('2026-03-01T12:00:00Z'))).toBeDefined();
    expect((await storage.signingKeys.list()).map(({ id }) => id)).toEqual(['key']);
    expect(await storage.revocation.listCrls()).toHaveLength(1);
    expect(await storage.revocation.findOcspResponse('key')).toBeDefined();
    expect(await storage.revocation.listFetchStates()).toHaveLength(1);
    await storage.close();
  });

  it('has no table that is left out of backups by oversight', async () => {
    await (await openSqliteStorage(path)).close();
    const database = new SqliteDatabase(path);
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
      .pluck()
      .all();
    database.close();
    const known = [...copiedTables.map(({ name }) => name), ...uncopiedTables];
    expect([...known].sort()).toEqual([...tables].sort());
  });

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

  it('says what keeps it from being opened, and which file it is', async () => {
    await expect(openSqliteStorage(directory)).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringMatching(`The database ${directory} cannot be used: EISDIR`) as string,
    });
  });

  it('tells a statement that is wrong as what it is, not as a database that may answer later', async () => {
    const storage = await openSqliteStorage(path);
    const database = new SqliteDatabase(path);
    database.exec('ALTER TABLE leases RENAME TO gone');
    database.close();
    await expect(storage.leases.release('name', 'holder')).rejects.toMatchObject({
      code: 'SQLITE_ERROR',
      message: 'no such table: leases',
    });
    await storage.close();
  });

  it('takes in what its log holds while it is open, by a thread that ends with it', async () => {
    const storage = await openSqliteStorage(path);
    const empty = (await stat(path)).size;
    const value = JSON.stringify('x'.repeat(1000));
    for (let i = 0; i < 600; i++) await storage.settings.put({ key: `${i}`, value, version: 1 });
    await expect.poll(async () => (await stat(path)).size).toBeGreaterThan(empty + 400_000);
    await storage.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('that is no database is not overwritten', async () => {
    await writeFile(path, 'not a database, but sixteen bytes and more');
    await expect(openSqliteStorage(path)).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: `The database ${path} cannot be used: file is not a database.`,
    });
    expect(await readFile(path, 'utf8')).toContain('not a database');
  });
});
