import { writeFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { programsComponent, runServerCommand, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

interface Entry {
  readonly actor: string;
  readonly via: string;
  readonly action: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

describeWith('commands for administrators and the audit log', [programsComponent], () => {
  function inDirectory() {
    const directory = `${scratchDirectory()}/data`;
    const run = (...args: readonly string[]): ProgramResult =>
      runServerCommand(...args, '--data-dir', directory);
    const json = (...args: readonly string[]): unknown => JSON.parse(run(...args, '--json').stdout);
    return { directory, run, json };
  }

  it('add, list, reset and remove administrators; a password that is made is shown once', () => {
    const { run, json, directory } = inDirectory();
    expect(run('admin', 'list').stdout).toContain('There is no administrator yet');
    const added = run('admin', 'add', 'alice');
    expect(added.stdout).toMatch(/^added alice \(admin\)\npassword: [\w-]{20}\n$/);
    const file = `${directory}/password`;
    writeFileSync(file, 'correct horse battery\n');
    const bob = run('admin', 'add', 'bob', '--role', 'auditor', '--password-file', file);
    expect(bob.stdout).toBe('added bob (auditor)\n');
    expect(json('admin', 'list')).toMatchObject([
      { name: 'alice', role: 'admin', hasPassword: true },
      { name: 'bob', role: 'auditor' },
    ]);
    expect(run('admin', 'list').stdout).toMatch(/^bob +auditor +password +active$/m);
    expect(run('admin', 'reset', 'ALICE').stdout).toMatch(/^reset alice \(admin\)\npassword: /);
    expect(run('admin', 'remove', 'bob').stdout).toBe('removed bob\n');
  });

  it('say what is wrong', () => {
    const { run, directory } = inDirectory();
    run('admin', 'add', 'alice');
    const fails = (code: string, ...args: readonly string[]): void => {
      const { exitCode, stderr } = run('admin', ...args);
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`error: ${code}`)]);
    };
    fails('administrator_name_taken', 'add', 'Alice');
    fails('administrator_unknown', 'reset', 'nobody');
    fails('administrator_unknown', 'remove', 'nobody');
    fails('administrator_last', 'remove', 'alice');
    const file = `${directory}/weak`;
    writeFileSync(file, 'too short\n');
    fails('password_unsuitable', 'add', 'carol', '--password-file', file);
    expect(run('admin', 'add', 'carol', '--role', 'root').exitCode).toBe(2);
  });

  it('leave an entry of each change, and of no refusal, whose chain verifies', () => {
    const { run, json, directory } = inDirectory();
    expect(run('audit', 'tail').stdout).toBe('Nobody has changed anything yet.\n');
    const file = `${directory}-ca.pem`;
    writeFileSync(file, TestCa.root().certificate.pem);
    const { stdout } = run('ca', 'add', file);
    const [, id = ''] = /^added ([0-9a-f]{16})/.exec(stdout) ?? [];
    expect(run('ca', 'add', file).exitCode).toBe(1);
    run('ca', 'set', id, '--revocation', 'off');
    expect(run('ca', 'disable', id).stdout).toMatch(/^disabled /);
    expect(run('ca', 'list').stdout).toContain('It is disabled');
    expect(run('ca', 'enable', id).stdout).toMatch(/^enabled /);
    run('ca', 'remove', id);
    run('keys', 'rotate');
    const entries = json('audit', 'tail') as readonly Entry[];
    expect(entries.map(({ action }) => action)).toEqual([
      'certificate_authority.add',
      'certificate_authority.set_revocation',
      'certificate_authority.disable',
      'certificate_authority.enable',
      'certificate_authority.remove',
      'signing_key.rotate',
    ]);
    expect(entries[1]).toMatchObject({
      ...{ actor: 'cli', via: 'cli' },
      ...{ before: { mode: 'grace' }, after: { mode: 'off' } },
    });
    expect(run('audit', 'verify').stdout).toBe('The audit log is whole: 6 entries.\n');
    expect(run('audit', 'export').stdout.trimEnd().split('\n')).toHaveLength(6);
    expect(run('audit', 'tail', '--limit', '1').stdout).toMatch(/6 .* signing_key\.rotate/);
  });

  it('tell what was changed, taken out or put in behind the log’s back', () => {
    const { run, json, directory } = inDirectory();
    for (let i = 0; i < 3; i++) run('keys', 'rotate');
    const tamper = (sql: string): void => {
      const database = new Database(`${directory}/countersign.db`);
      database.exec(sql);
      database.close();
    };
    const problem = (): unknown => (json('audit', 'verify') as { problem?: unknown }).problem;
    tamper(`UPDATE audit_entries SET actor = 'somebody' WHERE sequence = 2`);
    expect(problem()).toMatchObject({ sequence: 2, kind: 'content' });
    expect(run('audit', 'verify')).toMatchObject({
      exitCode: 8,
      stdout: 'Entry 2 was changed after it was written.\n',
    });
    tamper(`UPDATE audit_entries SET actor = 'cli' WHERE sequence = 2`);
    expect(problem()).toBeUndefined();
    tamper('DELETE FROM audit_entries WHERE sequence = 2');
    expect(problem()).toMatchObject({ sequence: 3, kind: 'gap' });
    tamper('UPDATE audit_entries SET sequence = 2 WHERE sequence = 3');
    expect(problem()).toMatchObject({ sequence: 2, kind: 'link' });
  });
});
