/** What the command line can ask a running agent over its control socket. */
import type { AuditRecord } from '../audit/audit-record.ts';
import type { SettingsProblem } from '../config/resolve-settings.ts';
import type { StoreHealth } from '../identity-source.ts';

/** Paths of the control API. */
export const controlPaths = { status: '/status' } as const;

/** Answer to `GET /status`. */
export interface AgentStatus {
  readonly version: string;
  readonly processId: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** The loopback port, and the addresses it is bound to. */
  readonly port: number;
  readonly addresses: readonly string[];
  /** Where the settings were read, the strongest source first. */
  readonly settingsSource: string;
  /** What is wrong with them. */
  readonly settingsProblems: readonly SettingsProblem[];
  /** Issuers of the trusted servers. */
  readonly servers: readonly string[];
  readonly stores: readonly StoreHealth[];
  /** How challenges ended since the start. */
  readonly challenges: Readonly<Record<AuditRecord['outcome'], number>>;
}
