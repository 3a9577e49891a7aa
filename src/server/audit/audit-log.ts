/** Writes the audit log. */
import type { Clock, JsonValue } from '../../core/index.ts';
import type { AuditEntry, AuditEvent, AuditStore } from '../storage/index.ts';
import { sealAuditEvent } from './chain.ts';

/** What is written down; states before and after are made plain JSON. */
export type AuditRecord = Pick<AuditEvent, 'actor' | 'via' | 'address' | 'action' | 'target'> & {
  readonly before?: unknown;
  readonly after?: unknown;
};

/** The audit log, as those see it who write it. */
export interface AuditLog {
  append(record: AuditRecord): Promise<AuditEntry>;
}

/** Makes it over its store. */
export function createAuditLog(store: AuditStore, clock: Clock): AuditLog {
  return {
    append({ actor, via, address, action, target, before, after }) {
      const event = {
        ...{ at: clock.now(), actor: storable(actor), via, action },
        ...(address === undefined ? {} : { address: storable(address) }),
        ...(target === undefined ? {} : { target: storable(target) }),
        ...(before === undefined ? {} : { before: plainJson(before) }),
        ...(after === undefined ? {} : { after: plainJson(after) }),
      };
      return store.append(event, sealAuditEvent);
    },
  };
}

/**
 * As it will be read back, or its hash would not fit: UTF-8 has no half of a surrogate pair, and
 * PostgreSQL's text no NUL.
 */
function storable(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replaceAll('\0', '\ufffd');
}

/** As it will be read back: dates as text, nothing undefined. */
function plainJson(value: unknown): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}
