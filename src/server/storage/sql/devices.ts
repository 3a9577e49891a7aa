import type {
  Device,
  DeviceCertificate,
  DeviceCounts,
  DeviceObservation,
  DeviceQuery,
  DeviceStore,
  ExpiringWeek,
} from '../device-store.ts';
import { deviceAlarms, addAlarm } from './device-alarms.ts';
import { Conditions, readPage } from './paging.ts';
import { type SqlConnection, type SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly state: Device['state'];
  readonly platform: string;
  readonly os_version: string;
  readonly hostname: string;
  readonly serial: string | null;
  readonly agent_version: string;
  readonly agent_instance: string;
  /** JSON list. */
  readonly former_instances: string;
  readonly key_store: string;
  readonly key_protection: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
  readonly certificate: string;
  readonly open_alarms: number;
}

interface CertificateRow {
  readonly sha256: string;
  readonly device: string;
  readonly public_key_sha256: string;
  readonly subject: string;
  readonly issuer: string;
  readonly serial_number: string;
  readonly not_before: number;
  readonly not_after: number;
  readonly authority: string;
  readonly first_seen_at: number;
  readonly last_seen_at: number;
}

const week = 7 * 86_400_000;

/** Monday, 5 January 1970, UTC. */
const firstMonday = 4 * 86_400_000;

/** `state` stays: an administrator may have changed it meanwhile. */
const putDevice = `INSERT INTO devices
  (id, state, platform, os_version, hostname, hostname_folded, serial, serial_folded, agent_version,
   agent_instance, key_store, key_protection, first_seen_at, last_seen_at, certificate,
   certificate_name, certificate_not_after, authority, former_instances, open_alarms)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, 0)
  ON CONFLICT (id) DO UPDATE SET
    platform = excluded.platform, os_version = excluded.os_version, hostname = excluded.hostname,
    hostname_folded = excluded.hostname_folded, serial = excluded.serial,
    serial_folded = excluded.serial_folded, agent_version = excluded.agent_version,
    agent_instance = excluded.agent_instance, key_store = excluded.key_store,
    key_protection = excluded.key_protection, last_seen_at = excluded.last_seen_at,
    certificate = excluded.certificate, certificate_name = excluded.certificate_name,
    certificate_not_after = excluded.certificate_not_after, authority = excluded.authority,
    former_instances = excluded.former_instances`;

const putCertificate = `INSERT INTO device_certificates
  (sha256, device, public_key_sha256, subject, issuer, serial_number, not_before, not_after,
   authority, first_seen_at, last_seen_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (sha256) DO UPDATE SET
    last_seen_at = excluded.last_seen_at, authority = excluded.authority
  WHERE device_certificates.device = excluded.device`;

const selectByCertificate = `SELECT devices.* FROM devices
  JOIN device_certificates ON device_certificates.device = devices.id
  WHERE device_certificates.sha256 = $1`;

const selectByPublicKey = `SELECT devices.* FROM devices
  JOIN device_certificates ON device_certificates.device = devices.id
  WHERE device_certificates.public_key_sha256 = $1 LIMIT 1`;

const selectByInstance = `SELECT * FROM devices WHERE agent_instance = $1
  ORDER BY last_seen_at DESC LIMIT 10`;

const selectExpiring = `SELECT (certificate_not_after - ${firstMonday}) / ${week} AS week,
    COUNT(*) AS certificates
  FROM devices WHERE state = 'active' AND certificate_not_after >= $1 AND certificate_not_after < $2
  GROUP BY 1`;

/** The inventory. */
export function createDeviceStore(database: SqlDatabase): DeviceStore {
  const one = async (sql: string, value: string): Promise<Device | undefined> => {
    const row = await database.get<Row>(sql, [value]);
    return row && toDevice(row);
  };
  return {
    ...deviceAlarms(database),
    observe: (observation) => observe(database, observation),
    find: (id) => one('SELECT * FROM devices WHERE id = $1', id),
    findByCertificate: (sha256) => one(selectByCertificate, sha256),
    findByPublicKey: (publicKeySha256) => one(selectByPublicKey, publicKeySha256),
    async findByInstance(agentInstance) {
      return (await database.all<Row>(selectByInstance, [agentInstance])).map(toDevice);
    },
    async list(query) {
      const conditions = conditionsOf(query);
      await addText(database, conditions, query);
      return readPage<Row, Device>(
        database,
        {
          table: 'devices',
          order: ['last_seen_at', 'id'],
          toItem: toDevice,
          position: (row) => [row.last_seen_at, row.id],
        },
        conditions,
        query,
      );
    },
    async certificates(device) {
      const sql = 'SELECT * FROM device_certificates WHERE device = $1 ORDER BY last_seen_at DESC';
      return (await database.all<CertificateRow>(sql, [device])).map(toCertificate);
    },
    async setState(id, state) {
      const sql = 'UPDATE devices SET state = $1 WHERE id = $2';
      return (await database.run(sql, [state, id])) > 0;
    },
    counts: () => counts(database),
    expiringByWeek: (from, weeks) => expiringByWeek(database, from, weeks),
  };
}

/** Thrown inside the transaction to undo it: the certificate is another device's. */
class CertificateTaken extends Error {}

async function observe(database: SqlDatabase, observation: DeviceObservation): Promise<boolean> {
  const { device, certificate, alarm } = observation;
  try {
    await database.transaction(async (connection) => {
      await connection.run(putDevice, deviceRow(observation));
      const written = await connection.run(putCertificate, certificateRow(certificate));
      if (written === 0) throw new CertificateTaken();
      if (alarm !== undefined) await addAlarm(connection, alarm, device.id);
    });
    return true;
  } catch (error) {
    if (error instanceof CertificateTaken) return false;
    throw error;
  }
}

function deviceRow({ device, certificate }: DeviceObservation) {
  return [
    device.id,
    device.state,
    device.platform,
    device.osVersion,
    device.hostname,
    fold(device.hostname),
    device.serial ?? null,
    device.serial === undefined ? null : fold(device.serial),
    device.agentVersion,
    device.agentInstance,
    device.keyStore,
    device.keyProtection,
    device.firstSeenAt.getTime(),
    device.lastSeenAt.getTime(),
    device.certificate,
    fold(commonName(certificate.subject)),
    certificate.notAfter.getTime(),
    certificate.authority,
    JSON.stringify(device.formerInstances),
  ];
}

function certificateRow(certificate: DeviceCertificate) {
  return [
    certificate.sha256,
    certificate.device,
    certificate.publicKeySha256,
    certificate.subject,
    certificate.issuer,
    certificate.serialNumber,
    certificate.notBefore.getTime(),
    certificate.notAfter.getTime(),
    certificate.authority,
    certificate.firstSeenAt.getTime(),
    certificate.lastSeenAt.getTime(),
  ];
}

/** The first common name of RFC 4514 text, or the whole text. */
function commonName(subject: string): string {
  return /(?:^|[,+])CN=((?:\\.|[^,+\\])*)/i.exec(subject)?.[1] ?? subject;
}

function fold(text: string): string {
  return text.toLowerCase();
}

function conditionsOf(query: DeviceQuery): Conditions {
  const conditions = new Conditions();
  conditions.equal('state', query.state);
  conditions.equal('platform', query.platform);
  conditions.equal('authority', query.authority);
  if (query.alarmed === true) conditions.add('open_alarms > 0');
  if (query.alarmed === false) conditions.add('open_alarms = 0');
  if (query.expiringBefore !== undefined) {
    conditions.add('certificate_not_after < ?', query.expiringBefore.getTime());
  }
  return conditions;
}

/** Adds what the text of a query asks for. */
async function addText(
  connection: SqlConnection,
  conditions: Conditions,
  query: DeviceQuery,
): Promise<void> {
  const text = fold(query.text?.trim() ?? '');
  if (text === '') return;
  if (/^[0-9a-f]{64}$/.test(text)) {
    conditions.add('id IN (SELECT device FROM device_certificates WHERE sha256 = ?)', text);
    return;
  }
  const ids = await idsByPrefix(connection, text);
  if (ids === undefined) addFilter(conditions, text);
  else if (ids.length === 0) conditions.add('1 = 0');
  else conditions.add(`id IN (${ids.map(() => '?').join(', ')})`, ...ids);
}

const searchedColumns = ['hostname_folded', 'serial_folded', 'certificate_name'];

/** What follows every text that begins with another: no name or number holds this character. */
const highest = '\u{10ffff}';

/** Devices that are looked for by their ids; of more, the list is read until enough fit. */
const maxIds = 500;

/**
 * Devices of which a name or number begins with a text, from the indexes of these.
 *
 * @returns undefined where there are more than {@link maxIds}
 */
async function idsByPrefix(
  connection: SqlConnection,
  text: string,
): Promise<readonly string[] | undefined> {
  const found = new Set<string>();
  for (const column of searchedColumns) {
    const sql = `SELECT id FROM devices WHERE ${column} >= $1 AND ${column} < $2
      ORDER BY ${column} LIMIT ${maxIds + 1}`;
    const rows = await connection.all<Pick<Row, 'id'>>(sql, [text, text + highest]);
    for (const { id } of rows) found.add(id);
    if (found.size > maxIds) return undefined;
  }
  return [...found];
}

/** Written so that no index serves it: the list's own order does, as one in a few devices fits. */
function addFilter(conditions: Conditions, text: string): void {
  const length = Array.from(text).length;
  const fits = searchedColumns.map((column) => `SUBSTR(${column}, 1, ${length}) = ?`);
  conditions.add(`(${fits.join(' OR ')})`, ...searchedColumns.map(() => text));
}

async function counts(connection: SqlConnection): Promise<DeviceCounts> {
  const rows = await connection.all<{ platform: string; state: string; count: number }>(
    'SELECT platform, state, COUNT(*) AS count FROM devices GROUP BY platform, state',
  );
  const open = await connection.get<{ count: number }>(
    'SELECT COUNT(*) AS count FROM device_alarms WHERE acknowledged_at IS NULL',
  );
  const sum = (some: readonly { readonly count: number }[]): number =>
    some.reduce((total, { count }) => total + count, 0);
  const platforms = [...new Set(rows.map(({ platform }) => platform))].sort();
  return {
    total: sum(rows),
    deactivated: sum(rows.filter(({ state }) => state === 'deactivated')),
    openAlarms: open?.count ?? 0,
    byPlatform: Object.fromEntries(
      platforms.map((platform) => [platform, sum(rows.filter((row) => row.platform === platform))]),
    ),
  };
}

async function expiringByWeek(
  connection: SqlConnection,
  from: Date,
  weeks: number,
): Promise<readonly ExpiringWeek[]> {
  const first = Math.floor((from.getTime() - firstMonday) / week);
  const end = (first + weeks) * week + firstMonday;
  const rows = await connection.all<{ week: number; certificates: number }>(selectExpiring, [
    from.getTime(),
    end,
  ]);
  return Array.from({ length: weeks }, (_, index) => ({
    start: new Date((first + index) * week + firstMonday),
    certificates: rows.find((row) => row.week === first + index)?.certificates ?? 0,
  }));
}

function toDevice(row: Row): Device {
  return {
    id: row.id,
    state: row.state,
    platform: row.platform,
    osVersion: row.os_version,
    hostname: row.hostname,
    ...(row.serial === null ? {} : { serial: row.serial }),
    agentVersion: row.agent_version,
    agentInstance: row.agent_instance,
    formerInstances: JSON.parse(row.former_instances) as string[],
    keyStore: row.key_store,
    keyProtection: row.key_protection,
    firstSeenAt: new Date(row.first_seen_at),
    lastSeenAt: new Date(row.last_seen_at),
    certificate: row.certificate,
    openAlarms: row.open_alarms,
  };
}

function toCertificate(row: CertificateRow): DeviceCertificate {
  return {
    sha256: row.sha256,
    device: row.device,
    publicKeySha256: row.public_key_sha256,
    subject: row.subject,
    issuer: row.issuer,
    serialNumber: row.serial_number,
    notBefore: new Date(row.not_before),
    notAfter: new Date(row.not_after),
    authority: row.authority,
    firstSeenAt: new Date(row.first_seen_at),
    lastSeenAt: new Date(row.last_seen_at),
  };
}
