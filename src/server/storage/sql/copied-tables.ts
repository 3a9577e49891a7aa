/** The tables that go into a backup, in the order in which their rows may be written. */

/** A table that is copied. */
export interface CopiedTable {
  readonly name: string;
  /** Columns of its primary key. */
  readonly key: readonly string[];
  /** Rows that are held in memory at a time. */
  readonly page: number;
}

function table(name: string, key: readonly string[] = ['id'], page = 500): CopiedTable {
  return { name, key, page };
}

/** Every table but {@link uncopiedTables}; what others refer to comes first. */
export const copiedTables: readonly CopiedTable[] = [
  table('sign_ins', ['transaction_id']),
  table('sign_in_counts', ['hour', 'application', 'code', 'allowed', 'slot']),
  table('sessions'),
  table('authorities', ['position'], 50),
  table('signing_keys'),
  // A CRL may have tens of megabytes.
  table('crls', ['source'], 1),
  table('ocsp_responses', ['key'], 100),
  table('fetches', ['address']),
  table('devices'),
  table('device_certificates', ['sha256']),
  table('device_alarms'),
  table('policies'),
  table('applications', ['id'], 50),
  table('settings', ['key'], 50),
  table('administrators'),
  table('passkeys'),
  table('administrator_sessions'),
  table('api_tokens'),
  table('audit_entries', ['sequence'], 100),
  table('oidc_payloads', ['model', 'id']),
];

/**
 * Sign-ins under way: one that was answered must never be open again. And leases, which belong to
 * processes.
 */
export const uncopiedTables: readonly string[] = ['transactions', 'leases'];
