import { readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { AuditLog, type AuditRecord } from '../../../../src/agent/index.ts';
import { silentLogger } from '../../../../src/core/index.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const record: AuditRecord = {
  time: '2026-03-01T12:00:00.000Z',
  event: 'challenge',
  outcome: 'failed',
  origin: 'https://login.example.com',
  code: 'issuer_untrusted',
  message: 'line one\nline two',
  durationMs: 3,
};

describe('AuditLog', () => {
  it('appends one JSON line a record, in order, in a file that only its owner can read', () => {
    const file = path.join(scratchDirectory(), 'audit.jsonl');
    const log = new AuditLog(file, silentLogger);
    for (let i = 0; i < 20; i++) log.append({ ...record, durationMs: i });
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as AuditRecord).durationMs)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('goes on in a new file where the old one was rotated away', () => {
    const file = path.join(scratchDirectory(), 'audit.jsonl');
    const log = new AuditLog(file, silentLogger);
    log.append(record);
    renameSync(file, `${file}.1`);
    log.append(record);
    expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  it('tells the log where a line cannot be written, and goes on', () => {
    const told: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => told.push(message) };
    const log = new AuditLog(path.join(scratchDirectory(), 'missing', 'audit.jsonl'), logger);
    log.append(record);
    log.append(record);
    expect(told).toEqual(['The audit log cannot be written', 'The audit log cannot be written']);
  });
});
