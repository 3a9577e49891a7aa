import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/core/index.ts';
import { openStorage, type StorageAddress } from '../../../src/server/index.ts';
import { commandComponent } from '../../testkit/command-component.ts';
import { postgresqlComponent, PostgresqlServer } from '../../testkit/postgresql.ts';
import { programsComponent, runServerCommand } from '../../testkit/programs.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { StorageWriter } from '../../testkit/storage-writer.ts';

/** Whether this process may mount a file system, which takes root and a system that lets it. */
const mountComponent: Component = {
  name: 'the right to mount',
  found:
    spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
      ? 'unshare'
      : undefined,
  howToGet: 'run the tests as root',
};

/** Everything up to a number is there, and the audit log has an entry for each. */
async function expectWritten(address: StorageAddress, acknowledged: number): Promise<void> {
  const storage = await openStorage(address, silentLogger);
  for (let number = 1; number <= acknowledged; number += 1) {
    expect(await storage.settings.get(`written ${number}`), `written ${number}`).toBeDefined();
  }
  const entries = await storage.audit.read(0, acknowledged + 10);
  // The one after may have been written without its acknowledgement having been read.
  expect(entries.length - acknowledged).toBeOneOf([0, 1]);
  const next = await storage.settings.get(`written ${entries.length + 1}`);
  expect(next).toBeUndefined();
  await storage.close();
}

describeWith('a SQLite storage', [programsComponent], () => {
  it('has all that was acknowledged after its process was killed in the middle', async () => {
    const address = { kind: 'sqlite', path: `${scratchDirectory()}/countersign.db` } as const;
    for (const round of [1, 2, 3]) {
      rmSync(address.path, { force: true });
      const writer = new StorageWriter(address, 1000);
      await writer.until(20 * round);
      await writer.kill();
      await expectWritten(address, writer.acknowledged);
      for (const suffix of ['', '-wal', '-shm']) rmSync(address.path + suffix, { force: true });
    }
  });
});

describeWith('a new SQLite storage', [programsComponent], () => {
  it('may be opened by several processes at once', async () => {
    const address = { kind: 'sqlite', path: `${scratchDirectory()}/countersign.db` } as const;
    const writers = Array.from({ length: 4 }, () => new StorageWriter(address, 10));
    await Promise.all(writers.map((writer) => writer.until(5)));
    await Promise.all(writers.map((writer) => writer.kill()));
    await expectWritten(address, Math.max(...writers.map(({ acknowledged }) => acknowledged)));
  });
});

describeWith(
  'a SQLite storage on a full disk',
  [programsComponent, mountComponent, commandComponent('umount', 'mount')],
  () => {
    it('fails clearly, loses nothing, and goes on once there is space', async () => {
      const directory = scratchDirectory();
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', directory]);
      expect(mounted.status).toBe(0);
      onTestFinished(() => {
        spawnSync('umount', [directory]);
      });
      const ballast = openSync(`${directory}/ballast`, 'w');
      writeSync(ballast, Buffer.alloc(512 * 1024));
      closeSync(ballast);
      const address = { kind: 'sqlite', path: `${directory}/countersign.db` } as const;
      const writer = new StorageWriter(address, 20_000);
      expect(await writer.untilError()).toBe('storage_unavailable');
      const before = writer.acknowledged;
      expect(before).toBeGreaterThan(0);
      writer.goOn();
      expect(await writer.next()).toBe('storage_unavailable');
      rmSync(`${directory}/ballast`);
      writer.goOn();
      await writer.until(before + 5);
      await writer.kill();
      await expectWritten(address, writer.acknowledged);
    });
  },
);

describeWith(
  'countersign-server on a full disk',
  [programsComponent, mountComponent, commandComponent('umount', 'mount')],
  () => {
    it('writes no backup, restores nothing, and says why', () => {
      const directory = scratchDirectory();
      const data = `${directory}/data`;
      const small = `${directory}/small`;
      mkdirSync(small, { mode: 0o700 });
      expect(runServerCommand('keys', 'rotate', '--data-dir', data).exitCode).toBe(0);
      const database = new SqliteDatabase(`${data}/countersign.db`);
      database
        .prepare('INSERT INTO settings (key, value, version) VALUES (?, ?, 1)')
        .run('large', JSON.stringify(randomBytes(3 << 20).toString('hex')));
      database.close();
      const backup = `${directory}/backup.gz`;
      expect(runServerCommand('backup', backup, '--data-dir', data).exitCode).toBe(0);

      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=700', 'tmpfs', small]);
      expect(mounted.status).toBe(0);
      onTestFinished(() => {
        spawnSync('umount', [small]);
      });
      expect(runServerCommand('backup', `${small}/backup.gz`, '--data-dir', data)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^error: file_unwritable: .*ENOSPC/) as string,
      });
      expect(readdirSync(small)).toEqual([]);
      expect(runServerCommand('restore', backup, '--data-dir', small)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /^error: storage_unavailable: The database .* cannot be used: database or disk is full/,
        ) as string,
      });
      expect(runServerCommand('ca', 'list', '--data-dir', data).exitCode).toBe(0);
    });
  },
);

describeWith('a PostgreSQL storage', [postgresqlComponent, programsComponent], () => {
  let server: PostgresqlServer;

  beforeAll(async () => {
    server = await PostgresqlServer.start();
  });
  afterAll(() => server.remove());

  it('has all that was acknowledged after its process was killed in the middle', async () => {
    const address = { kind: 'postgresql', url: await server.createDatabase() } as const;
    const writer = new StorageWriter(address, 1000);
    await writer.until(50);
    await writer.kill();
    await expectWritten(address, writer.acknowledged);
  });

  it('fails clearly while the database is stopped, and works again when it is back', async () => {
    const address = { kind: 'postgresql', url: await server.createDatabase() } as const;
    const storage = await openStorage(address, silentLogger);
    const writer = new StorageWriter(address, 1000);
    await writer.until(10);
    const transaction = storage.atomically(async () => {
      await storage.settings.put({ key: 'undone', value: '{}', version: 1 });
      await server.stop();
      await storage.settings.get('undone');
    });
    await expect(transaction).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(await writer.untilError()).toBe('storage_unavailable');
    await expect(storage.ping()).rejects.toMatchObject({ code: 'storage_unavailable' });
    await server.restart();
    await storage.ping();
    expect(await storage.settings.get('undone')).toBeUndefined();
    const before = writer.acknowledged;
    writer.goOn();
    await writer.until(before + 10);
    await writer.kill();
    await storage.close();
    await expectWritten(address, writer.acknowledged);
  });

  it('says why it cannot be opened: nobody listens, no such database, a wrong password', async () => {
    const url = await server.createDatabase();
    for (const [member, value, reason] of [
      ['port', '1', 'ECONNREFUSED'],
      ['pathname', '/nowhere', 'database "nowhere" does not exist'],
      ['password', 'wrong', 'password authentication failed'],
    ] as const) {
      const wrong = new URL(url);
      wrong[member] = value;
      const opened = openStorage({ kind: 'postgresql', url: wrong.href }, silentLogger);
      await expect(opened).rejects.toMatchObject({
        code: 'storage_unavailable',
        message: expect.stringContaining(reason) as string,
      });
    }
  });
});

describe('a PostgreSQL storage', () => {
  it('gives up on a server that takes connections and never answers', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const url = `postgres://countersign@127.0.0.1:${port}/countersign`;
    const opened = openStorage({ kind: 'postgresql', url }, silentLogger);
    await expect(opened).rejects.toMatchObject({ code: 'storage_unavailable' });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
