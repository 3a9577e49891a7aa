import {
  appendFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  AuditLog,
  readAuditLog,
  rotatedFiles,
  verifyAuditLog,
  type AuditLink,
  type AuditRecord,
  type AuditVerification,
} from '../../../../src/agent/index.ts';
import { rotateFile } from '../../../../src/agent/rotate-file.ts';
import { silentLogger } from '../../../../src/core/index.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

const record: AuditRecord = {
  time: '2026-03-01T12:00:00.000Z',
  event: 'challenge',
  outcome: 'failed',
  origin: 'https://login.example.com',
  code: 'issuer_untrusted',
  message: 'line one\nline two, "hash":"… Übung',
  durationMs: 3,
};

function newFile(): string {
  return path.join(scratchDirectory(), 'audit.jsonl');
}

function write(file: string, count: number, log = new AuditLog(file, silentLogger)): AuditLog {
  for (let i = 0; i < count; i++) log.append({ ...record, durationMs: i });
  return log;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n');
}

function verify(file: string): Promise<AuditVerification> {
  return verifyAuditLog([...rotatedFiles(file), file]);
}

function codes({ problems }: AuditVerification): string[] {
  return problems.map(({ line, code }) => `${line} ${code}`);
}

describe('AuditLog', () => {
  it('appends one JSON line a record, in order, in a file that only its owner can read', () => {
    const file = newFile();
    write(file, 20);
    expect(linesOf(file).map((line) => (JSON.parse(line) as AuditRecord).durationMs)).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('chains the lines, also over restarts of the agent', async () => {
    const file = newFile();
    write(file, 3);
    const link = write(file, 2).append(record);
    const result = await verify(file);
    expect(result).toMatchObject({ intact: true, records: 6, torn: [], first: { sequence: 1 } });
    expect(result.last).toEqual(link);
  });

  it('rotates itself, keeps so many files, and the chain runs through them', async () => {
    const file = newFile();
    write(file, 40, new AuditLog(file, silentLogger, { fileBytes: 1_000, kept: 3 }));
    expect(rotatedFiles(file).map((name) => path.basename(name))).toEqual(
      [3, 2, 1].map((number) => `audit.jsonl.${number}`),
    );
    const result = await verifyAuditLog([
      ...rotatedFiles(file),
      ...(existsSync(file) ? [file] : []),
    ]);
    expect(result.intact).toBe(true);
    expect(result.last?.sequence).toBe(40);
    expect(result.first?.sequence).toBeGreaterThan(1);
  });

  it.each(['the same process', 'a new process'])(
    'goes on with the chain in a new file where the old one was rotated away: %s',
    async (which) => {
      const file = newFile();
      const log = write(file, 3);
      renameSync(file, `${file}.1`);
      if (which === 'the same process') log.append(record);
      else write(file, 1);
      expect(linesOf(file)).toHaveLength(1);
      expect(await verify(file)).toMatchObject({ intact: true, records: 4 });
    },
  );

  it('loses the line being written when the agent is killed, and no other, wherever it was cut', async () => {
    const file = newFile();
    write(file, 3);
    const whole = readFileSync(file);
    const start = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let size = start + 1; size < whole.length - 1; size += 7) {
      writeFileSync(file, whole.subarray(0, size));
      expect(await verify(file)).toMatchObject({
        intact: true,
        records: 2,
        torn: [{ file, line: 3 }],
      });
      write(file, 2);
      // Two whole records, the note of the torn one, and two more.
      const result = await verify(file);
      expect(result).toMatchObject({ intact: true, records: 5, torn: [{ file, line: 3 }] });
      expect(result.last?.sequence).toBe(5);
    }
  });

  it('keeps a record that lacks nothing but its line feed', async () => {
    const file = newFile();
    write(file, 3);
    truncateSync(file, statSync(file).size - 1);
    expect(await verify(file)).toMatchObject({ intact: true, records: 3, torn: [] });
    write(file, 1);
    expect(await verify(file)).toMatchObject({ intact: true, records: 4, torn: [] });
  });

  it('survives a cut in the very first line, of the log and after a rotation', async () => {
    const file = newFile();
    writeFileSync(file, '{"sequence":1,"pre');
    const log = write(file, 2);
    expect(await verify(file)).toMatchObject({ intact: true, records: 3, torn: [{ line: 1 }] });
    renameSync(file, `${file}.1`);
    log.append(record);
    truncateSync(file, 40);
    write(file, 1);
    expect(await verify(file)).toMatchObject({ intact: true, records: 5 });
    renameSync(`${file}.1`, `${file}.2`);
    truncateSync(file, statSync(file).size - 30);
    renameSync(file, `${file}.1`);
    write(file, 1);
    const result = await verify(file);
    expect(result.intact).toBe(true);
    expect(result.torn).toHaveLength(3);
  });

  it('begins a new chain where the log ends in something else, and verify says so', async () => {
    const file = newFile();
    writeFileSync(file, '{"time":"2026-01-01T00:00:00.000Z"}\nrubbish\n');
    write(file, 2);
    const result = await verify(file);
    expect(codes(result)).toEqual([
      '1 audit_line_invalid',
      '2 audit_line_invalid',
      '3 audit_chain_restarted',
    ]);
    expect(result.records).toBe(3);
  });

  it('shows what was taken away or put in while the agent ran', async () => {
    const file = newFile();
    const log = write(file, 5);
    const lines = linesOf(file);
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`);
    log.append(record);
    expect(codes(await verify(file))).toEqual(['4 audit_chain_broken']);
    appendFileSync(file, 'rubbish\n');
    log.append(record);
    expect(codes(await verify(file))).toEqual(['4 audit_chain_broken', '5 audit_line_invalid']);
  });

  it.runIf(process.platform === 'linux')(
    'gives up where the file system never makes its directory',
    () => {
      const log = new AuditLog('/proc/countersign/audit.jsonl', silentLogger);
      expect(log.append(record)).toBeUndefined();
    },
  );

  it('tells the log where a line cannot be written, and goes on once it can', async () => {
    const told: string[] = [];
    const logger = { ...silentLogger, error: (message: string) => told.push(message) };
    const directory = path.join(scratchDirectory(), 'a file yet');
    writeFileSync(directory, '');
    const file = path.join(directory, 'audit.jsonl');
    const log = new AuditLog(file, logger);
    expect(log.append(record)).toBeUndefined();
    expect(log.append(record)).toBeUndefined();
    expect(told).toEqual(['The audit log cannot be written', 'The audit log cannot be written']);
    rmSync(directory);
    expect(log.append(record)?.sequence).toBe(1);
    expect(await verify(file)).toMatchObject({ intact: true, records: 1 });
  });
});

describe('verifyAuditLog', () => {
  async function changed(change: (lines: string[]) => string[]): Promise<AuditVerification> {
    const file = newFile();
    write(file, 6);
    writeFileSync(file, `${change(linesOf(file)).join('\n')}\n`);
    return verify(file);
  }

  it('finds a changed line', async () => {
    const result = await changed((lines) =>
      lines.map((line, i) => (i === 2 ? line.replace('"failed"', '"managed"') : line)),
    );
    expect(codes(result)).toEqual(['3 audit_line_changed']);
    expect(result.intact).toBe(false);
  });

  it('finds a line that was changed and given a new hash', async () => {
    const other = newFile();
    write(other, 3);
    const result = await changed((lines) =>
      lines.map((line, i) => (i === 0 ? (linesOf(other)[1] ?? '') : line)),
    );
    expect(codes(result)).toEqual(['2 audit_chain_broken']);
  });

  it('finds removed lines and says which', async () => {
    const one = await changed((lines) => lines.toSpliced(2, 1));
    expect(one.problems[0]?.message).toContain('Record 3 is missing.');
    const more = await changed((lines) => lines.toSpliced(2, 2));
    expect(more.problems[0]?.message).toContain('Records 3 to 4 are missing.');
  });

  it('finds repeated and swapped lines', async () => {
    const repeated = await changed((lines) => lines.toSpliced(2, 0, lines[1] ?? ''));
    expect(codes(repeated)).toEqual(['3 audit_chain_broken']);
    const swapped = await changed((lines) => [lines[1], lines[0], ...lines.slice(2)].map(String));
    expect(codes(swapped)).not.toEqual([]);
  });

  it('finds a first line that claims to follow another', async () => {
    const file = newFile();
    write(file, 1);
    const text = readFileSync(file, 'utf8').replace('"previous":"0', '"previous":"1');
    writeFileSync(file, text);
    expect(codes(await verify(file))).toEqual(['1 audit_line_changed', '1 audit_chain_broken']);
  });

  it('finds a fragment that no record speaks for, one that was changed, and one that is gone', async () => {
    expect(codes(await changed((lines) => lines.toSpliced(2, 0, '{"seq')))).toEqual([
      '3 audit_line_invalid',
    ]);
    const file = newFile();
    write(file, 2);
    appendFileSync(file, '{"seq');
    write(file, 1);
    const lines = linesOf(file);
    writeFileSync(file, `${lines.toSpliced(2, 1, '{"sequence').join('\n')}\n`);
    expect(codes(await verify(file))).toEqual(['3 audit_line_invalid']);
    writeFileSync(file, `${lines.toSpliced(2, 1).join('\n')}\n`);
    expect(codes(await verify(file))).toEqual(['3 audit_chain_broken']);
  });

  it('finds lines cut off at the end, by a link that was seen before', async () => {
    const file = newFile();
    const seen = write(file, 3).append(record);
    expect((await verifyAuditLog([file], seen)).intact).toBe(true);
    const lines = linesOf(file);
    writeFileSync(file, `${lines.slice(0, 3).join('\n')}\n`);
    expect((await verify(file)).intact).toBe(true);
    expect(codes(await verifyAuditLog([file], seen))).toEqual(['3 audit_expected_missing']);
    write(file, 1, new AuditLog(file, silentLogger));
    expect(codes(await verifyAuditLog([file], seen))).toEqual(['4 audit_expected_missing']);
  });

  it('takes an empty log, and reads megabytes of rubbish in bounded memory', async () => {
    const file = newFile();
    writeFileSync(file, '');
    expect(await verify(file)).toMatchObject({ intact: true, records: 0, first: undefined });
    writeFileSync(file, Buffer.concat([Buffer.alloc(10_000_000, 0x78), Buffer.from('\n')]));
    expect(codes(await verify(file))).toEqual(['1 audit_line_invalid']);
    writeFileSync(file, Buffer.alloc(500_000, 0x78));
    new AuditLog(file, silentLogger).append(record);
    expect(codes(await verify(file))).toContain('2 audit_chain_restarted');
    writeFileSync(file, '\n'.repeat(100_000));
    const result = await verify(file);
    expect(result.problemCount).toBe(100_000);
    expect(result.problems).toHaveLength(100);
  });
});

describe('an audit log whose directory is cleared away', () => {
  it('goes on in a new one, with the next number', () => {
    const directory = path.join(scratchDirectory(), 'state');
    const file = path.join(directory, 'audit.jsonl');
    const log = write(file, 2);
    rmSync(directory, { recursive: true });
    write(file, 1, log);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(linesOf(file).map((line) => (JSON.parse(line) as AuditLink).sequence)).toEqual([3]);
  });
});

describe('readAuditLog', () => {
  it('gives the records of a time, as they were written, and passes over what is none', async () => {
    const file = newFile();
    const log = new AuditLog(file, silentLogger);
    for (let day = 1; day <= 5; day++)
      log.append({ ...record, time: `2026-03-0${day}T00:00:00.000Z` });
    const lines = linesOf(file);
    appendFileSync(file, 'rubbish\n');
    const read = async (range: Parameters<typeof readAuditLog>[1]): Promise<string[]> => {
      const found: string[] = [];
      for await (const { line } of readAuditLog([file], range)) found.push(line);
      return found;
    };
    expect(await read({})).toEqual(lines);
    const since = new Date('2026-03-02T00:00:00Z');
    expect(await read({ since, until: new Date('2026-03-04T00:00:00Z') })).toEqual(
      lines.slice(1, 3),
    );
  });

  it('passes no file by that is rotated while it reads', async () => {
    const file = newFile();
    const log = write(file, 3);
    rotateFile(file, 12);
    write(file, 3, log);
    const seen: unknown[] = [];
    for await (const { record: stored } of readAuditLog([...rotatedFiles(file), file])) {
      seen.push(stored['sequence']);
      if (seen.length === 1) rotateFile(file, 12);
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
