import type { JsonValue } from '../../../core/index.ts';
import type { AuditEntry, AuditEvent, AuditQuery, AuditSeal, AuditStore } from '../audit-store.ts';
import { Conditions, readPage } from './paging.ts';
import { lockName, type SqlDatabase, type SqlValue } from './sql-database.ts';

interface Row {
  readonly sequence: number;
  readonly at: number;
  readonly actor: string;
  readonly via: string;
  readonly address: string | null;
  readonly action: string;
  readonly target: string | null;
  /** JSON. */
  readonly state_before: string | null;
  /** JSON. */
  readonly state_after: string | null;
  readonly previous: string;
  readonly hash: string;
}

/** Name of the lock that entries are appended under, one at a time. */
const appendLock = 0x61756401;

const insert = `INSERT INTO audit_entries
  (sequence, at, actor, via, address, action, target, state_before, state_after, previous, hash)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;

/** What stands for the hash of the entry before the first. */
const noHash = '0'.repeat(64);

/** The audit log. */
export function createAuditStore(database: SqlDatabase): AuditStore {
  return {
    append: (event, seal) => append(database, event, seal),
    list: (query) =>
      readPage<Row, AuditEntry>(
        database,
        {
          table: 'audit_entries',
          order: ['sequence'],
          toItem: toEntry,
          position: (row) => [row.sequence],
        },
        conditionsOf(query),
        query,
      ),
    async read(after, limit) {
      const sql = 'SELECT * FROM audit_entries WHERE sequence > $1 ORDER BY sequence LIMIT $2';
      return (await database.all<Row>(sql, [after, limit])).map(toEntry);
    },
  };
}

function append(database: SqlDatabase, event: AuditEvent, seal: AuditSeal): Promise<AuditEntry> {
  return database.transaction(async (connection) => {
    await lockName(database, connection, appendLock);
    const last = await connection.get<Pick<Row, 'sequence' | 'hash'>>(
      'SELECT sequence, hash FROM audit_entries ORDER BY sequence DESC LIMIT 1',
    );
    const sequence = (last?.sequence ?? 0) + 1;
    const previous = last?.hash ?? noHash;
    const entry = { ...event, sequence, previous, hash: seal(event, sequence, previous) };
    await connection.run(insert, parameters(entry));
    return entry;
  });
}

function conditionsOf({ actor, action, target, from, before }: AuditQuery): Conditions {
  const conditions = new Conditions();
  conditions.equal('actor', actor);
  conditions.equal('action', action);
  conditions.equal('target', target);
  if (from !== undefined) conditions.add('at >= ?', from.getTime());
  if (before !== undefined) conditions.add('at < ?', before.getTime());
  return conditions;
}

function parameters(entry: AuditEntry): SqlValue[] {
  return [
    entry.sequence,
    entry.at.getTime(),
    entry.actor,
    entry.via,
    entry.address ?? null,
    entry.action,
    entry.target ?? null,
    toJson(entry.before),
    toJson(entry.after),
    entry.previous,
    entry.hash,
  ];
}

function toJson(value: JsonValue | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function toEntry(row: Row): AuditEntry {
  const { sequence, at, actor, via, address, action, target, previous, hash } = row;
  return {
    ...{ sequence, at: new Date(at), actor, via, action, previous, hash },
    ...(address === null ? {} : { address }),
    ...(target === null ? {} : { target }),
    ...(row.state_before === null ? {} : { before: JSON.parse(row.state_before) as JsonValue }),
    ...(row.state_after === null ? {} : { after: JSON.parse(row.state_after) as JsonValue }),
  };
}
