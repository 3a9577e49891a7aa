import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeScratchDirectory } from '../../testkit/make-scratch-directory.ts';
import { postgresqlComponent, PostgresqlServer } from '../../testkit/postgresql.ts';
import { programsComponent, runServerCommand, serverProgram } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

/** Enough that a copy tells of its progress before it is done. */
const rows = 150_000;

/** Time for such copies on a busy machine, in milliseconds. */
const patience = 120_000;

/** Makes a data directory with many rows. */
function fill(data: string, count = rows): void {
  expect(runServerCommand('ca', 'list', '--data-dir', data).exitCode).toBe(0);
  const database = new SqliteDatabase(`${data}/countersign.db`);
  database.exec(`WITH RECURSIVE number(value) AS (
      SELECT 1 UNION ALL SELECT value + 1 FROM number WHERE value < ${count})
    INSERT INTO sign_in_counts SELECT value, '', 'device_managed', 1, 0, 1 FROM number`);
  database.close();
}

/**
 * A program that kills itself as it has told of its progress. Killed from here, on a busy machine, it
 * could be done by then, or done but for its end.
 */
const killedAtProgress = `data:text/javascript,
const { write } = process.stderr;
process.stderr.write = (...args) => {
  write.apply(process.stderr, args);
  process.kill(process.pid, 'SIGKILL');
};`;

/** Runs a command that is killed when it tells of its progress. */
function killInTheMiddle(args: readonly string[]): void {
  const { signal, stderr } = spawnSync(
    process.execPath,
    ['--import', killedAtProgress, serverProgram, ...args],
    { encoding: 'utf8' },
  );
  expect({ signal, stderr }).toEqual({
    signal: 'SIGKILL',
    stderr: 'sign_in_counts: 100000 rows …\n',
  });
}

describeWith(
  'a copy that is killed in the middle',
  [programsComponent, postgresqlComponent],
  () => {
    const directory = makeScratchDirectory();
    const data = `${directory}/data`;
    const backup = `${directory}/backup.gz`;
    let server: PostgresqlServer;

    beforeAll(async () => {
      fill(data);
      expect(runServerCommand('backup', backup, '--data-dir', data).exitCode).toBe(0);
      server = await PostgresqlServer.start();
    });
    afterAll(async () => {
      rmSync(directory, { recursive: true });
      await server.remove();
    }, patience);

    it(
      'leaves a storage that was restored into empty, and the next restore brings all',
      () => {
        const restore = ['restore', backup, '--data-dir', `${scratchDirectory()}/data`];
        killInTheMiddle(restore);
        const { exitCode, stdout } = runServerCommand(...restore, '--json');
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ rows: { sign_in_counts: rows } });
      },
      patience,
    );

    it(
      'leaves no file under the name of the backup, and the next backup nothing else',
      () => {
        const scratch = scratchDirectory();
        const file = `${scratch}/copy.gz`;
        // A backup is faster than its restore: it needs more rows to be met in its middle.
        const large = 500_000;
        fill(`${scratch}/data`, large);
        const args = ['backup', file, '--data-dir', `${scratch}/data`];
        killInTheMiddle(args);
        expect(readdirSync(scratch).sort()).toEqual([
          expect.stringMatching(/^copy\.gz\.[0-9a-f]{16}\.unfinished$/),
          'data',
        ]);
        const { exitCode, stdout } = runServerCommand(...args, '--json');
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ rows: { sign_in_counts: large } });
        expect(readdirSync(scratch).sort()).toEqual(['copy.gz', 'data']);
      },
      patience,
    );

    it(
      'leaves both databases as they were when everything was being moved',
      async () => {
        const to = await server.createDatabase();
        const move = ['storage', 'move', '--to', to, '--data-dir', data];
        killInTheMiddle(move);
        const { exitCode, stdout } = runServerCommand(...move, '--json');
        expect(exitCode).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ rows: { sign_in_counts: rows } });
      },
      patience,
    );

    it(
      'leaves no backup that could be taken for a whole one, were it but for its last byte',
      () => {
        const scratch = scratchDirectory();
        const file = `${scratch}/cut.gz`;
        const expectRefusal = (): void => {
          const restored = runServerCommand('restore', file, '--data-dir', `${scratch}/data`);
          expect(restored.exitCode).toBe(1);
          expect(restored.stderr).toContain('error: backup_invalid: ');
        };
        const whole = readFileSync(backup);
        for (const length of [0, 1, whole.length / 2, whole.length - 9, whole.length - 1]) {
          writeFileSync(file, whole.subarray(0, length));
          expectRefusal();
        }
        // The checksum, RFC 1952 section 2.3.1.
        whole.writeUInt8(whole.readUInt8(whole.length - 8) ^ 1, whole.length - 8);
        writeFileSync(file, whole);
        expectRefusal();
      },
      patience,
    );
  },
);

describeWith('a command while another program holds the database', [programsComponent], () => {
  it('says that it is held', () => {
    const directory = `${scratchDirectory()}/data`;
    mkdirSync(directory, { mode: 0o700 });
    const command = ['keys', 'rotate', '--data-dir', directory];
    expect(runServerCommand(...command).exitCode).toBe(0);
    const database = new SqliteDatabase(`${directory}/countersign.db`);
    database.exec('BEGIN IMMEDIATE');
    const { exitCode, stderr } = runServerCommand(...command);
    database.close();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('error: storage_unavailable: ');
    expect(stderr).toContain('database is locked');
  });
});
