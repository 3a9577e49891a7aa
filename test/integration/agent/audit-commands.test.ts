/** `countersign audit` as a process, and the log of an agent that is killed again and again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import {
  AuditLog,
  rotatedFiles,
  verifyAuditLog,
  type AuditRecord,
} from '../../../src/agent/index.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { silentLogger } from '../../../src/core/index.ts';
import { runAgentCommand, type CommandResult } from '../../testkit/agent-command.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

function recordOf(day: number): AuditRecord {
  return {
    time: `2026-03-0${day}T12:00:00.000Z`,
    event: 'challenge',
    outcome: 'managed',
    origin: 'https://login.example.com',
    issuer: 'https://id.example.com',
    transaction: `transaction-${day}`,
    certificate: {
      subject: 'CN=device, with "quotes"',
      serialNumber: '0a',
      sha256: 'ab'.repeat(32),
    },
    code: 'device_managed',
    message: '=HYPERLINK("https://evil.example")',
    durationMs: day,
  };
}

describeWith('countersign audit', [programsComponent], ([program = '']) => {
  let config: string;
  let file: string;

  beforeEach(() => {
    const directory = scratchDirectory();
    file = path.join(directory, 'audit.jsonl');
    config = path.join(directory, 'agent.json');
    writeFileSync(config, JSON.stringify({ auditLog: file }));
    const log = new AuditLog(file, silentLogger);
    for (let day = 1; day <= 5; day++) {
      log.append(recordOf(day));
      if (day === 2) renameSync(file, `${file}.1`);
    }
  });

  function audit(...args: readonly string[]): CommandResult {
    return runAgentCommand('audit', ...args, '--config', config);
  }

  it('verifies the log over all its files, and an export of it', () => {
    const { exitCode, stdout } = audit('verify');
    expect(exitCode).toBe(exitCodes.success);
    const [, link = ''] =
      /^Intact: 5 records, 1 to 5\. The last is (5:[0-9a-f]{64})\n$/.exec(stdout) ?? [];
    expect(audit('verify', '--expect', link).exitCode).toBe(exitCodes.success);
    expect(JSON.parse(audit('verify', '--json').stdout)).toMatchObject({
      files: [`${file}.1`, file],
      intact: true,
      records: 5,
    });
    const first = path.join(path.dirname(file), 'first');
    writeFileSync(first, `${readFileSync(`${file}.1`, 'utf8').split('\n')[0] ?? ''}\n`);
    expect(audit('verify', first).stdout).toMatch(/^Intact: 1 record, 1 to 1\./);
    const copy = path.join(path.dirname(file), 'export');
    writeFileSync(copy, audit('export').stdout);
    expect(audit('verify', copy, '--expect', link).exitCode).toBe(exitCodes.success);
  });

  it('says what was changed, with file and line, and ends with a code of its own', () => {
    writeFileSync(file, readFileSync(file, 'utf8').replace('transaction-4', 'transaction-9'));
    const { exitCode, stdout } = audit('verify');
    expect(exitCode).toBe(exitCodes.auditLogDamaged);
    expect(stdout).toContain(`${file}:2: audit_line_changed: `);
    expect(stdout).toContain('NOT intact: 5 records');
    const missing = audit('verify', '--expect', `9:${'0'.repeat(64)}`);
    expect(missing.stdout).toContain('audit_expected_missing');
  });

  it('shows the last records', () => {
    const { stdout } = audit('tail', '-n', '3');
    expect(stdout.split('\n').filter((line) => line.startsWith('2026'))).toHaveLength(3);
    expect(stdout).toContain('CN=device');
    const lines = audit('tail', '-n', '4', '--json').stdout.trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)).toEqual([
      2, 3, 4, 5,
    ]);
  });

  it('exports the records of a time, and a table in which no cell is a formula', () => {
    const lines = audit(
      'export',
      '--since',
      '2026-03-02',
      '--until',
      '2026-03-04T00:00:00Z',
    ).stdout;
    expect(lines.match(/transaction-\d/g)).toEqual(['transaction-2', 'transaction-3']);
    const rows = audit('export', '--format', 'csv').stdout.split('\r\n');
    expect(rows[0]).toMatch(/^sequence,time,event,/);
    expect(rows[1]).toContain(`,"'=HYPERLINK(""https://evil.example"")",1,`);
    expect(rows[1]).toContain('"CN=device, with ""quotes""",0a,abab');
    expect(rows).toHaveLength(7);
  });

  it('refuses what it does not understand, and says that a file is missing', () => {
    for (const args of [
      ['tail', '-n', 'many'],
      ['tail', '-n', '0'],
      ['export', '--since', 'yesterday'],
      ['verify', '--expect', '5'],
    ]) {
      expect(audit(...args).exitCode).toBe(exitCodes.usage);
    }
    const missing = audit('verify', '/missing/audit.jsonl');
    expect(missing.exitCode).toBe(exitCodes.failure);
    expect(missing.stderr).toContain('file_unreadable');
    const directory = audit('verify', path.dirname(file));
    expect(directory.exitCode).toBe(exitCodes.failure);
    expect(directory.stderr).toMatch(/^error: file_unreadable: .*EISDIR/);
  });

  it('says that the directory of the log cannot be read', () => {
    writeFileSync(config, JSON.stringify({ auditLog: path.join(file, 'below.jsonl') }));
    for (const command of ['verify', 'tail', 'export']) {
      const { exitCode, stderr } = audit(command);
      expect([exitCode, stderr]).toEqual([
        exitCodes.failure,
        expect.stringMatching(/^error: file_unreadable: .*ENOTDIR/),
      ]);
    }
  });

  it('has nothing to show where nothing was recorded', () => {
    writeFileSync(config, JSON.stringify({ auditLog: '/missing/audit.jsonl' }));
    expect(audit('verify')).toMatchObject({ exitCode: 0, stdout: 'No record yet.\n' });
    expect(audit('tail')).toMatchObject({ exitCode: 0, stdout: 'No record yet.\n' });
    expect(audit('tail', '--json')).toMatchObject({ exitCode: 0, stdout: '' });
    expect(audit('export')).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it.runIf(process.platform === 'linux')('can look at the log of the machine’s agent', () => {
    // What is wrong with this machine's own settings, if anything, is none of this test's business.
    const { stdout } = runAgentCommand('config', 'show', '--machine', '--json');
    const { settings } = JSON.parse(stdout) as { settings: { auditLog: string } };
    expect(settings.auditLog).not.toContain(homedir());
    for (const command of ['verify', 'tail', 'export']) {
      expect(runAgentCommand('audit', command, '--machine').exitCode).not.toBe(exitCodes.usage);
    }
  });

  it('stays whole while its writer is killed at any moment, time and again', async () => {
    const directory = scratchDirectory();
    const log = path.join(directory, 'audit.jsonl');
    const library = path.join(path.dirname(program), '..', 'agent', 'audit', 'audit-log.js');
    const script = `
      const { AuditLog } = await import(${JSON.stringify(library)});
      const log = new AuditLog(${JSON.stringify(log)}, console, { fileBytes: 100_000, kept: 1000 });
      const record = ${JSON.stringify(recordOf(1))};
      for (;;) {
        log.append(record);
        process.stdout.write('.');
      }`;
    for (let round = 0; round < 8; round++) {
      const writer = spawn(process.execPath, ['--input-type=module', '-e', script]);
      let written = 0;
      for await (const dots of writer.stdout as AsyncIterable<Buffer>) {
        written += dots.length;
        if (written > 10 + 20 * round) break;
      }
      writer.kill('SIGKILL');
      await once(writer, 'close');
    }
    new AuditLog(log, silentLogger).append(recordOf(2));
    const result = await verifyAuditLog([...rotatedFiles(log), log]);
    expect(result).toMatchObject({ intact: true, first: { sequence: 1 } });
    expect(result.last?.sequence).toBe(result.records);
    expect(result.records).toBeGreaterThan(100);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });
});
