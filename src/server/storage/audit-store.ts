import type { JsonValue } from '../../core/index.ts';
import type { Page, PageQuery } from './paging.ts';

/** What somebody did, before it has its place in the chain. */
export interface AuditEvent {
  readonly at: Date;
  /** Who: an administrator's name, an API token's, `setup`, or `cli`. */
  readonly actor: string;
  /** How: `console`, `api`, `cli`, or `server` for what happens by itself. */
  readonly via: string;
  /** Network address of the actor, where there is one. */
  readonly address?: string | undefined;
  /** Such as `certificate_authority.add`. */
  readonly action: string;
  /** What it was done to: an id. */
  readonly target?: string | undefined;
  /** State before and after; undefined where there is none. Never holds secrets. */
  readonly before?: JsonValue | undefined;
  readonly after?: JsonValue | undefined;
}

/** An entry of the chain. */
export interface AuditEntry extends AuditEvent {
  /** 1 for the first entry, without gaps. */
  readonly sequence: number;
  /** Hexadecimal hash of the entry before; 64 zeros before the first. */
  readonly previous: string;
  /** Hexadecimal SHA-256 over `previous` and the entry's content; see src/server/audit. */
  readonly hash: string;
}

/** Gives an event its place: the hash over what was there and what is new. */
export type AuditSeal = (event: AuditEvent, sequence: number, previous: string) => string;

/** Which entries to list, youngest first. */
export interface AuditQuery extends PageQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly from?: Date | undefined;
  readonly before?: Date | undefined;
}

/** The audit log: a hash chain that is only ever added to. */
export interface AuditStore {
  /** Appends to the chain, one at a time also across processes. */
  append(event: AuditEvent, seal: AuditSeal): Promise<AuditEntry>;
  list(query: AuditQuery): Promise<Page<AuditEntry>>;
  /** Entries in the order of the chain, beginning after a sequence number. */
  read(after: number, limit: number): Promise<readonly AuditEntry[]>;
}
