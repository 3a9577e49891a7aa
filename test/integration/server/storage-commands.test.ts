import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import SqliteDatabase from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postgresqlComponent, PostgresqlServer } from '../../testkit/postgresql.ts';
import { programsComponent, runServerCommand, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const ca = TestCa.root({ commonName: 'Kept Root' });

/** Runs commands on a data directory of its own, with settings. */
function inDirectory(settings: Readonly<Record<string, unknown>> = {}) {
  const directory = scratchDirectory();
  writeFileSync(`${directory}/server.json`, JSON.stringify(settings));
  const where = ['--data-dir', `${directory}/data`, '--config', `${directory}/server.json`];
  const run = (...args: readonly string[]): ProgramResult => runServerCommand(...args, ...where);
  return { directory, run };
}

/** A server that has an authority and a signing key. */
function filled(settings?: Readonly<Record<string, unknown>>) {
  const made = inDirectory(settings);
  writeFileSync(`${made.directory}/ca.pem`, ca.certificate.pem);
  expect(made.run('ca', 'add', `${made.directory}/ca.pem`).exitCode).toBe(0);
  expect(made.run('keys', 'rotate').exitCode).toBe(0);
  return made;
}

/** What tells one server's data from another's. */
function fingerprint(run: (...args: readonly string[]) => ProgramResult): string {
  return run('ca', 'list', '--json').stdout + run('keys', 'list', '--json').stdout;
}

describeWith('countersign-server on a data directory', [programsComponent], () => {
  it.runIf(process.platform === 'linux')(
    'that the file system does not make says so, and ends',
    () => {
      // A fault of Node's, which would go on for ever, shows as a missing exit code.
      const { exitCode, stderr } = runServerCommand('ca', 'list', '--data-dir', '/proc/none/data');
      expect(exitCode).toBe(1);
      expect(stderr).toContain('error: data_directory_unusable: ');
    },
  );

  it('whose database is none, or a newer version’s, says which file it is and leaves it as it is', () => {
    const { directory, run } = filled();
    const file = `${directory}/data/countersign.db`;
    const database = new SqliteDatabase(file);
    database.pragma('user_version = 99');
    database.close();
    const backup = `${directory}/backup.gz`;
    for (const args of [
      ['ca', 'list', '--json'],
      ['backup', backup],
    ]) {
      expect(run(...args)).toMatchObject({
        ...{ exitCode: 1, stdout: '' },
        stderr: expect.stringContaining('error: storage_newer: ') as string,
      });
    }
    expect(existsSync(backup)).toBe(false);
    writeFileSync(file, 'sixteen bytes or more that are no database');
    expect(run('ca', 'list').stderr).toContain(
      `error: storage_unavailable: The database ${file} cannot be used: file is not a database.`,
    );
  });
});

describeWith('countersign-server backup and restore', [programsComponent], () => {
  it('bring all to another server, which keeps what it has otherwise', () => {
    const source = filled();
    const file = `${source.directory}/backup.gz`;
    const backup = source.run('backup', file);
    expect(backup).toMatchObject({ exitCode: 0, stderr: '' });
    expect(backup.stdout).toContain('private keys');
    const target = inDirectory();
    const restored = target.run('restore', file);
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
    expect(restored.stdout).toContain('read again and found the same');
    expect(restored.stdout).toContain('chain whole');
    expect(fingerprint(target.run)).toBe(fingerprint(source.run));
    expect(target.run('restore', file)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error: storage_not_empty: ') as string,
    });
  });

  it('tell where the audit log that they brought was changed', () => {
    const { directory, run } = filled();
    const database = new SqliteDatabase(`${directory}/data/countersign.db`);
    database.exec(`UPDATE audit_entries SET actor = 'nobody' WHERE sequence = 1`);
    database.close();
    run('backup', `${directory}/backup.gz`);
    const restored = inDirectory().run('restore', `${directory}/backup.gz`);
    expect(restored.exitCode).toBe(8);
    expect(restored.stdout).toContain('Entry 1 was changed');
  });

  it('tell what was written, as JSON', () => {
    const { directory, run } = filled();
    const file = `${directory}/backup.gz`;
    const { rows } = JSON.parse(run('backup', file, '--json').stdout) as { rows: object };
    expect(rows).toMatchObject({ authorities: 1 });
    expect(JSON.parse(inDirectory().run('restore', file, '--json').stdout)).toMatchObject({
      rows,
      audit: { problem: null },
    });
  });

  it('refuse files that are there, are not there, or are no backups', () => {
    const { directory, run } = filled();
    const path = (name: string): string => `${directory}/${name}`;
    writeFileSync(path('junk'), 'junk');
    expect(run('backup', path('junk')).stderr).toContain('error: file_unwritable: ');
    expect(readFileSync(path('junk'), 'utf8')).toBe('junk');
    expect(run('backup', path('no/where')).stderr).toContain('error: file_unwritable: ');
    const empty = inDirectory();
    expect(empty.run('restore', path('none')).stderr).toContain('error: file_unreadable: ');
    expect(empty.run('restore', path('junk'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error: backup_invalid: ') as string,
    });
    expect(empty.run('ca', 'list').stdout).toContain('no certificate authority yet');
  });
});

describeWith('countersign-server storage move', [programsComponent, postgresqlComponent], () => {
  let database: PostgresqlServer;

  beforeAll(async () => {
    database = await PostgresqlServer.start();
  });
  afterAll(() => database.remove());

  it('brings all to PostgreSQL, once, and the setting says which storage counts', async () => {
    const url = await database.createDatabase();
    const source = filled();
    const moved = source.run('storage', 'move', '--to', url);
    expect(moved).toMatchObject({ exitCode: 0, stderr: '' });
    expect(moved.stdout).toContain('now set storage.url');
    const target = inDirectory({ storage: { url } });
    expect(fingerprint(target.run)).toBe(fingerprint(source.run));
    expect(existsSync(`${target.directory}/data/countersign.db`)).toBe(false);
    expect(source.run('storage', 'move', '--to', url)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('error: storage_not_empty: ') as string,
    });
  });

  it('brings all from PostgreSQL to a file', async () => {
    const source = filled({ storage: { url: await database.createDatabase() } });
    const target = inDirectory();
    mkdirSync(`${target.directory}/data`, { mode: 0o700 });
    const file = `sqlite:${target.directory}/data/countersign.db`;
    const moved = source.run('storage', 'move', '--to', file);
    expect(moved).toMatchObject({ exitCode: 0, stderr: '' });
    expect(fingerprint(target.run)).toBe(fingerprint(source.run));
  });

  it('takes passwords from files', async () => {
    const withPassword = new URL(await database.createDatabase());
    const source = inDirectory();
    const passwordFile = `${source.directory}/password`;
    writeFileSync(passwordFile, `${decodeURIComponent(withPassword.password)}\n`);
    withPassword.password = '';
    const url = withPassword.href;
    const move = ['storage', 'move', '--to', url];
    expect(source.run(...move).stderr).toContain('error: storage_unavailable: ');
    const moved = source.run(...move, '--to-password-file', passwordFile);
    expect(moved.exitCode).toBe(0);
    const target = inDirectory({ storage: { url, passwordFile, connections: 2 } });
    expect(target.run('ca', 'list').exitCode).toBe(0);
    const missing = inDirectory({ storage: { url, passwordFile: `${passwordFile}.none` } });
    expect(missing.run('ca', 'list').stderr).toContain('error: file_unreadable: ');
  });

  it.each([
    ['a word', 'postgresql'],
    ['another database', 'mysql://user@host/database'],
    ['no file', 'sqlite:'],
    ['nothing after the scheme', 'postgres://'],
  ])('refuses %s as an address, in the setting too', (_, address) => {
    expect(inDirectory().run('storage', 'move', '--to', address)).toMatchObject({ exitCode: 2 });
    const { exitCode, stderr } = inDirectory({ storage: { url: address } }).run('ca', 'list');
    expect(exitCode).toBe(7);
    expect(stderr).toContain('server_settings_invalid');
  });
});
