import type { DeviceAlarm, DeviceClaims, DeviceStore } from '../device-store.ts';
import { Conditions, readPage } from './paging.ts';
import { dateOrUndefined, type SqlConnection, type SqlDatabase } from './sql-database.ts';

interface Row {
  readonly id: string;
  readonly device: string;
  readonly kind: 'clone';
  readonly at: number;
  readonly message: string;
  /** JSON of a DeviceClaims. */
  readonly claims: string;
  readonly acknowledged_at: number | null;
  readonly acknowledged_by: string | null;
}

/** The part of a {@link DeviceStore} that keeps alarms. */
type AlarmPart = Pick<DeviceStore, 'listAlarms' | 'findAlarm' | 'acknowledgeAlarm'>;

const insert = `INSERT INTO device_alarms (id, device, kind, at, message, claims)
  VALUES ($1, $2, $3, $4, $5, $6)`;

const acknowledge = `UPDATE device_alarms SET acknowledged_at = $1, acknowledged_by = $2
  WHERE id = $3 AND acknowledged_at IS NULL RETURNING device`;

const recount = `UPDATE devices SET open_alarms =
  (SELECT COUNT(*) FROM device_alarms WHERE device = devices.id AND acknowledged_at IS NULL)
  WHERE id = $1`;

/** Alarms about devices. */
export function deviceAlarms(database: SqlDatabase): AlarmPart {
  return {
    listAlarms(query) {
      const conditions = new Conditions();
      conditions.equal('device', query.device);
      if (query.open === true) conditions.add('acknowledged_at IS NULL');
      if (query.open === false) conditions.add('acknowledged_at IS NOT NULL');
      const list = {
        table: 'device_alarms',
        order: ['at', 'id'],
        toItem: toAlarm,
        position: (row: Row) => [row.at, row.id],
      } as const;
      return readPage<Row, DeviceAlarm>(database, list, conditions, query);
    },
    async findAlarm(id) {
      const row = await database.get<Row>('SELECT * FROM device_alarms WHERE id = $1', [id]);
      return row && toAlarm(row);
    },
    acknowledgeAlarm: (id, by, at) =>
      database.transaction(async (connection) => {
        const row = await connection.get<Row>(acknowledge, [at.getTime(), by, id]);
        if (row === undefined) return false;
        await connection.run(recount, [row.device]);
        return true;
      }),
  };
}

/** Writes an alarm, as part of a transaction. */
export async function addAlarm(
  connection: SqlConnection,
  alarm: DeviceAlarm,
  device: string,
): Promise<void> {
  const { id, kind, at, message, claims } = alarm;
  await connection.run(insert, [id, device, kind, at.getTime(), message, JSON.stringify(claims)]);
  await connection.run(recount, [device]);
}

function toAlarm(row: Row): DeviceAlarm {
  const acknowledgedAt = dateOrUndefined(row.acknowledged_at);
  return {
    id: row.id,
    device: row.device,
    kind: row.kind,
    at: new Date(row.at),
    message: row.message,
    claims: JSON.parse(row.claims) as DeviceClaims,
    ...(acknowledgedAt === undefined ? {} : { acknowledgedAt }),
    ...(row.acknowledged_by === null ? {} : { acknowledgedBy: row.acknowledged_by }),
  };
}
