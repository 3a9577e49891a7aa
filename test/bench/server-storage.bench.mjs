/**
 * How long lists, searches and statistics take with 100,000 devices and 1,000,000 sign-ins, on SQLite
 * and PostgreSQL, and a backup of it all. Runs on dist/: `npm run bench -- server-storage`.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import pg from 'pg';
import { silentLogger } from '../../dist/core/index.js';
import { backUpStorage, openStorage } from '../../dist/server/index.js';
import { loadTestkit } from './load-testkit.mjs';

const { postgresqlComponent, PostgresqlServer } = await loadTestkit('postgresql');

const deviceCount = Number(process.env.BENCH_DEVICES ?? 100_000);
const signInCount = Number(process.env.BENCH_SIGN_INS ?? 1_000_000);
const bound = 200;

const end = Date.parse('2026-03-01T00:00:00Z');
const day = 86_400_000;
const span = 90 * day;
const codes = ['device_managed', 'device_managed', 'device_managed', 'certificate_expired'];
const applications = [null, 'wiki', 'mail', 'payroll'];
const platforms = ['windows', 'windows', 'macos', 'linux'];

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const deviceId = (i) => `device-${String(i).padStart(6, '0')}`;

/** What is known of a device by its number. */
function deviceOf(i) {
  const id = deviceId(i);
  return {
    id,
    name: `laptop-${(i * 7919) % deviceCount}`,
    seen: end - Math.floor((span * i) / deviceCount),
    ends: end + ((i * 31) % 365) * day,
    certificate: sha256(id),
  };
}

function deviceRow(i) {
  const { id, name, seen, ends, certificate } = deviceOf(i);
  return {
    ...{ id, state: i % 50 === 0 ? 'deactivated' : 'active', platform: platforms[i % 4] },
    ...{ os_version: '1', hostname: name, hostname_folded: name, serial: `C02${i}` },
    ...{ serial_folded: `c02${i}`, agent_version: '1.0.0', agent_instance: `urn:uuid:${i}` },
    ...{ former_instances: '[]', key_store: 'file', key_protection: 'software' },
    ...{ first_seen_at: seen - day, last_seen_at: seen, certificate, certificate_name: name },
    ...{ certificate_not_after: ends, authority: 'authority', open_alarms: i % 1000 ? 0 : 1 },
  };
}

function certificateRow(i) {
  const { id, name, seen, ends, certificate } = deviceOf(i);
  return {
    ...{ sha256: certificate, device: id, public_key_sha256: sha256(certificate) },
    ...{ subject: `CN=${name}`, issuer: 'CN=Authority', serial_number: i.toString(16) },
    ...{ not_before: seen - day, not_after: ends, authority: 'authority' },
    ...{ first_seen_at: seen - day, last_seen_at: seen },
  };
}

const checks = ['format', 'signature', 'path', 'device', 'policy'].map((check) => {
  return { check, outcome: 'passed', message: 'As it should be.' };
});

function signInRow(i) {
  const code = codes[i % codes.length];
  const managed = code === 'device_managed';
  const decided = end - Math.floor((span * i) / signInCount);
  const transaction = randomUUID();
  const decidedAt = new Date(decided).toISOString();
  const result = { managed, code, message: 'As the rules say.', transaction, decidedAt, checks };
  return {
    ...{ transaction_id: transaction, origin: 'https://login.example', decided_at: decided },
    ...{ managed: Number(managed), result: JSON.stringify(result), code },
    ...{ allowed: Number(managed), application: applications[i % 5] ?? null },
    ...{ device: deviceId((i * 104_729) % deviceCount), user_name: `user-${i % 20_000}` },
  };
}

const hours = span / 3_600_000;
const outcomes = ['device_managed', 'certificate_expired', 'policy_denied'];

/** Three outcomes of each application in each hour, spread over slots as the storage does. */
const countRow = (slots) => (i) => {
  const [slot, outcome] = [i % slots, Math.floor(i / slots) % 3];
  const application = Math.floor(i / slots / 3) % 4;
  const hour = end - span + Math.floor(i / slots / 12) * 3_600_000;
  const code = outcomes[outcome];
  return {
    ...{ hour, application: applications[application] ?? '', code },
    ...{ allowed: Number(outcome === 0), slot, count: 10 },
  };
};

const tables = (slots) => [
  ['devices', deviceCount, deviceRow],
  ['device_certificates', deviceCount, certificateRow],
  ['sign_ins', signInCount, signInRow],
  ['sign_in_counts', hours * 12 * slots, countRow(slots)],
];

const batch = 500;

/** Rows of one table, some at a time. */
function* batches(slots) {
  for (const [table, count, rowOf] of tables(slots)) {
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      yield [table, Array.from({ length: size }, (_, index) => rowOf(start + index))];
    }
  }
}

function fillSqlite(path) {
  const database = new SqliteDatabase(path);
  database.pragma('synchronous = OFF');
  const statements = new Map();
  database.exec('BEGIN');
  for (const [table, some] of batches(1)) {
    const columns = Object.keys(some[0]);
    const marks = columns.map(() => '?').join(', ');
    let insert = statements.get(table);
    if (insert === undefined) {
      insert = database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`);
      statements.set(table, insert);
    }
    for (const row of some) insert.run(columns.map((column) => row[column]));
  }
  database.exec('COMMIT');
  database.exec('ANALYZE');
  database.close();
}

async function fillPostgresql(url) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN');
  for (const [table, some] of batches(4)) {
    const columns = Object.keys(some[0]);
    // One JSON parameter a batch: as many values as there are would be too many parameters.
    await client.query({
      name: table,
      text: `INSERT INTO ${table} (${columns.join(', ')})
        SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $1)`,
      values: [JSON.stringify(some)],
    });
  }
  await client.query('COMMIT');
  await client.query('ANALYZE');
  await client.end();
}

/** What the console and the API ask for. */
function questions({ devices, signIns }) {
  const pageOf = (list, query) => () => list({ limit: 50, ...query });
  const pick = (count) => Math.floor(Math.random() * count);
  const month = { from: new Date(end - 30 * day), before: new Date(end) };
  const second = (list) => async () => list({ limit: 50, after: (await list({ limit: 50 })).next });
  return {
    'devices: first page': pageOf(devices.list),
    'devices: second page': second(devices.list),
    'devices: host name, exact': () =>
      devices.list({ limit: 50, text: `laptop-${pick(deviceCount)}` }),
    'devices: host name, start of 10,000': pageOf(devices.list, { text: 'laptop-1' }),
    'devices: start of all host names': pageOf(devices.list, { text: 'laptop' }),
    'devices: nothing found': pageOf(devices.list, { text: 'nobody' }),
    'devices: certificate hash': () =>
      devices.list({ limit: 50, text: sha256(deviceId(pick(deviceCount))) }),
    'devices: platform and host name': pageOf(devices.list, {
      platform: 'linux',
      text: 'laptop-9',
    }),
    'devices: deactivated': pageOf(devices.list, { state: 'deactivated' }),
    'devices: with alarms': pageOf(devices.list, { alarmed: true }),
    'devices: expiring soon': pageOf(devices.list, { expiringBefore: new Date(end + 7 * day) }),
    'devices: one authority': pageOf(devices.list, { authority: 'authority' }),
    'devices: an authority without any': pageOf(devices.list, { authority: 'none' }),
    'devices: counts': () => devices.counts(),
    'devices: expiring by week': () => devices.expiringByWeek(new Date(end), 26),
    'sign-ins: first page': pageOf(signIns.list),
    'sign-ins: second page': second(signIns.list),
    'sign-ins: refused': pageOf(signIns.list, { allowed: false }),
    'sign-ins: one code': pageOf(signIns.list, { code: 'certificate_expired' }),
    'sign-ins: a code without any': pageOf(signIns.list, { code: 'none' }),
    'sign-ins: one application, refused': pageOf(signIns.list, {
      application: 'wiki',
      allowed: false,
    }),
    'sign-ins: one device': () => signIns.list({ limit: 50, device: deviceId(pick(deviceCount)) }),
    'sign-ins: one user, one month': pageOf(signIns.list, { user: 'user-17', ...month }),
    'sign-ins: one user, no such code': pageOf(signIns.list, { user: 'user-17', code: 'none' }),
    'sign-ins: application and code, none': pageOf(signIns.list, {
      application: 'wiki',
      code: 'none',
    }),
    'statistics: 24 hours': () => signIns.counts(new Date(end - day), new Date(end)),
    'statistics: 30 days': () => signIns.counts(month.from, month.before),
    'statistics: 90 days': () => signIns.counts(new Date(end - span), new Date(end)),
  };
}

const rounds = 40;

async function measure(storage) {
  let slowest = 0;
  for (const [title, ask] of Object.entries(questions(storage))) {
    const times = [];
    for (let round = 0; round < rounds; round += 1) {
      const start = performance.now();
      await ask();
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const [p50, p95] = [times[rounds >> 1], times[Math.floor(rounds * 0.95)]];
    slowest = Math.max(slowest, p95);
    const mark = p95 > bound ? '  TOO SLOW' : '';
    console.log(
      `  ${title.padEnd(40)} p50 ${p50.toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms${mark}`,
    );
  }
  console.log(`  slowest p95: ${slowest.toFixed(1)} ms (bound ${bound} ms)`);
  if (slowest > bound) process.exitCode = 1;
}

async function bench(title, address, fill) {
  console.log(`\n${title}: ${deviceCount} devices, ${signInCount} sign-ins`);
  await (await openStorage(address, silentLogger)).close();
  let start = performance.now();
  await fill();
  console.log(`  filled in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  const storage = await openStorage(address, silentLogger);
  await measure(storage);
  await storage.close();
  const file = join(directory, `${address.kind}.gz`);
  start = performance.now();
  await backUpStorage(address, file, { logger: silentLogger });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`  backup: ${seconds} s, ${(statSync(file).size / 1e6).toFixed(0)} MB`);
}

const directory = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
try {
  const path = join(directory, 'countersign.db');
  await bench('SQLite', { kind: 'sqlite', path }, () => fillSqlite(path));
  if (existsSync(path)) rmSync(path);
  if (postgresqlComponent.found === undefined) {
    console.log(`\nPostgreSQL is missing (${postgresqlComponent.howToGet}).`);
  } else {
    const server = await PostgresqlServer.start();
    try {
      const url = await server.createDatabase();
      await bench('PostgreSQL', { kind: 'postgresql', url }, () => fillPostgresql(url));
    } finally {
      await server.remove();
    }
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
