/** The steps of the schema. A step that was released is never changed: a new one is added. */

/** What the databases call the types of columns. */
export interface ColumnTypes {
  readonly integer: string;
  readonly bytes: string;
  /** A number that goes up with each row. */
  readonly position: string;
  /** Ends a table whose columns take their type only. */
  readonly strict: string;
}

/** Each step's statements. */
export const schemaSteps: readonly ((types: ColumnTypes) => readonly string[])[] = [
  ({ integer, bytes, position, strict }) => [
    `CREATE TABLE transactions (
       id TEXT PRIMARY KEY,
       session TEXT NOT NULL,
       origin TEXT NOT NULL,
       terms TEXT NOT NULL,
       nonce TEXT NOT NULL,
       challenge TEXT NOT NULL,
       state TEXT NOT NULL CHECK
         (state IN ('pending', 'taken', 'managed', 'refused', 'cancelled', 'expired')),
       created_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX transactions_by_expiry ON transactions (expires_at)',
    `CREATE INDEX transactions_pending ON transactions (expires_at) WHERE state = 'pending'`,
    `CREATE INDEX transactions_pending_by_session ON transactions (session)
     WHERE state = 'pending'`,
    `CREATE TABLE sign_ins (
       transaction_id TEXT PRIMARY KEY,
       origin TEXT NOT NULL,
       decided_at ${integer} NOT NULL,
       managed ${integer} NOT NULL,
       result TEXT NOT NULL
     ) ${strict}`,
    'CREATE INDEX sign_ins_by_time ON sign_ins (decided_at)',
    `CREATE TABLE authorities (
       position ${position},
       id TEXT NOT NULL UNIQUE,
       der ${bytes} NOT NULL,
       added_at ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE sessions (
       id TEXT PRIMARY KEY,
       transaction_id TEXT NOT NULL UNIQUE REFERENCES sign_ins ON DELETE CASCADE,
       created_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX sessions_by_expiry ON sessions (expires_at)',
    `CREATE TABLE signing_keys (
       id TEXT PRIMARY KEY,
       private_jwk TEXT NOT NULL,
       created_at ${integer} NOT NULL,
       signs_from ${integer} NOT NULL
     ) ${strict}`,
  ],
  ({ integer, bytes, strict }) => [
    'ALTER TABLE authorities ADD COLUMN revocation TEXT',
    `CREATE TABLE crls (
       source TEXT PRIMARY KEY,
       sha256 TEXT NOT NULL,
       size ${integer} NOT NULL,
       signer ${bytes},
       confirmed_at ${integer} NOT NULL,
       used_at ${integer} NOT NULL,
       etag TEXT,
       last_modified TEXT,
       der ${bytes} NOT NULL
     ) ${strict}`,
    `CREATE TABLE ocsp_responses (
       key TEXT PRIMARY KEY,
       der ${bytes} NOT NULL,
       nonce ${bytes} NOT NULL,
       fetched_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX ocsp_responses_by_age ON ocsp_responses (fetched_at)',
    `CREATE TABLE fetches (
       address TEXT PRIMARY KEY,
       attempted_at ${integer} NOT NULL,
       failures ${integer} NOT NULL,
       error TEXT
     ) ${strict}`,
  ],
  ({ integer, bytes, strict }) => [
    'ALTER TABLE transactions ADD COLUMN application TEXT',
    'ALTER TABLE transactions ADD COLUMN user_name TEXT',
    `CREATE TABLE devices (
       id TEXT PRIMARY KEY,
       state TEXT NOT NULL CHECK (state IN ('active', 'deactivated')),
       platform TEXT NOT NULL,
       os_version TEXT NOT NULL,
       hostname TEXT NOT NULL,
       hostname_folded TEXT NOT NULL,
       serial TEXT,
       serial_folded TEXT,
       agent_version TEXT NOT NULL,
       agent_instance TEXT NOT NULL,
       key_store TEXT NOT NULL,
       key_protection TEXT NOT NULL,
       first_seen_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL,
       certificate TEXT NOT NULL,
       certificate_name TEXT NOT NULL,
       certificate_not_after ${integer} NOT NULL,
       authority TEXT NOT NULL,
       open_alarms ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX devices_by_time ON devices (last_seen_at, id)',
    'CREATE INDEX devices_by_hostname ON devices (hostname_folded)',
    'CREATE INDEX devices_by_serial ON devices (serial_folded)',
    'CREATE INDEX devices_by_certificate_name ON devices (certificate_name)',
    'CREATE INDEX devices_by_instance ON devices (agent_instance, last_seen_at)',
    'CREATE INDEX devices_by_expiry ON devices (certificate_not_after)',
    `CREATE INDEX devices_deactivated ON devices (last_seen_at, id) WHERE state = 'deactivated'`,
    'CREATE INDEX devices_alarmed ON devices (last_seen_at, id) WHERE open_alarms > 0',
    'CREATE INDEX devices_by_platform ON devices (platform, last_seen_at, id)',
    'CREATE INDEX devices_by_authority ON devices (authority, last_seen_at, id)',
    `CREATE TABLE device_certificates (
       sha256 TEXT PRIMARY KEY,
       device TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
       public_key_sha256 TEXT NOT NULL,
       subject TEXT NOT NULL,
       issuer TEXT NOT NULL,
       serial_number TEXT NOT NULL,
       not_before ${integer} NOT NULL,
       not_after ${integer} NOT NULL,
       authority TEXT NOT NULL,
       first_seen_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX device_certificates_by_device ON device_certificates (device, last_seen_at)',
    'CREATE INDEX device_certificates_by_key ON device_certificates (public_key_sha256)',
    `CREATE TABLE device_alarms (
       id TEXT PRIMARY KEY,
       device TEXT NOT NULL REFERENCES devices ON DELETE CASCADE,
       kind TEXT NOT NULL,
       at ${integer} NOT NULL,
       message TEXT NOT NULL,
       claims TEXT NOT NULL,
       acknowledged_at ${integer},
       acknowledged_by TEXT
     ) ${strict}`,
    'CREATE INDEX device_alarms_by_time ON device_alarms (at, id)',
    'CREATE INDEX device_alarms_by_device ON device_alarms (device, at, id)',
    'CREATE INDEX device_alarms_open ON device_alarms (at, id) WHERE acknowledged_at IS NULL',
    'ALTER TABLE sign_ins ADD COLUMN code TEXT',
    'ALTER TABLE sign_ins ADD COLUMN allowed ' + integer,
    'ALTER TABLE sign_ins ADD COLUMN application TEXT',
    'ALTER TABLE sign_ins ADD COLUMN device TEXT',
    'ALTER TABLE sign_ins ADD COLUMN user_name TEXT',
    "UPDATE sign_ins SET code = CASE managed WHEN 1 THEN 'device_managed' ELSE 'unrecorded' END, allowed = managed",
    'DROP INDEX sign_ins_by_time',
    'CREATE INDEX sign_ins_by_time ON sign_ins (decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_outcome ON sign_ins (allowed, decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_managed ON sign_ins (managed, decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_code ON sign_ins (code, decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_application ON sign_ins (application, decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_device ON sign_ins (device, decided_at, transaction_id)',
    'CREATE INDEX sign_ins_by_user ON sign_ins (user_name, decided_at, transaction_id)',
    `CREATE TABLE sign_in_counts (
       hour ${integer} NOT NULL,
       application TEXT NOT NULL,
       code TEXT NOT NULL,
       allowed ${integer} NOT NULL,
       count ${integer} NOT NULL,
       PRIMARY KEY (hour, application, code, allowed)
     ) ${strict}`,
    `INSERT INTO sign_in_counts (hour, application, code, allowed, count)
     SELECT decided_at - decided_at % 3600000, '', code, allowed, COUNT(*)
     FROM sign_ins GROUP BY 1, code, allowed`,
    `CREATE TABLE policies (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       rules TEXT NOT NULL,
       version ${integer} NOT NULL,
       updated_at ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE applications (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       kind TEXT NOT NULL,
       policy TEXT REFERENCES policies,
       origins TEXT NOT NULL,
       redirect_uris TEXT NOT NULL,
       secret_hash TEXT,
       settings TEXT NOT NULL,
       disabled ${integer} NOT NULL,
       created_at ${integer} NOT NULL,
       version ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE settings (
       key TEXT PRIMARY KEY,
       value TEXT NOT NULL,
       version ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE administrators (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       name_folded TEXT NOT NULL UNIQUE,
       role TEXT NOT NULL CHECK (role IN ('admin', 'auditor')),
       password_hash TEXT,
       federation_issuer TEXT,
       federation_subject TEXT,
       disabled ${integer} NOT NULL,
       failures ${integer} NOT NULL,
       locked_until ${integer},
       created_at ${integer} NOT NULL,
       version ${integer} NOT NULL,
       UNIQUE (federation_issuer, federation_subject)
     ) ${strict}`,
    `CREATE TABLE passkeys (
       id TEXT PRIMARY KEY,
       administrator TEXT NOT NULL REFERENCES administrators ON DELETE CASCADE,
       name TEXT NOT NULL,
       public_key ${bytes} NOT NULL,
       counter ${integer} NOT NULL,
       transports TEXT NOT NULL,
       created_at ${integer} NOT NULL,
       last_used_at ${integer}
     ) ${strict}`,
    'CREATE INDEX passkeys_by_administrator ON passkeys (administrator)',
    `CREATE TABLE administrator_sessions (
       id TEXT PRIMARY KEY,
       administrator TEXT NOT NULL REFERENCES administrators ON DELETE CASCADE,
       csrf_token TEXT NOT NULL,
       created_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX administrator_sessions_by_expiry ON administrator_sessions (expires_at)',
    'CREATE INDEX administrator_sessions_by_owner ON administrator_sessions (administrator)',
    `CREATE TABLE api_tokens (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       hash TEXT NOT NULL UNIQUE,
       role TEXT NOT NULL CHECK (role IN ('admin', 'auditor')),
       created_by TEXT NOT NULL,
       created_at ${integer} NOT NULL,
       expires_at ${integer},
       last_used_at ${integer}
     ) ${strict}`,
    `CREATE TABLE audit_entries (
       sequence ${integer} PRIMARY KEY,
       at ${integer} NOT NULL,
       actor TEXT NOT NULL,
       via TEXT NOT NULL,
       address TEXT,
       action TEXT NOT NULL,
       target TEXT,
       state_before TEXT,
       state_after TEXT,
       previous TEXT NOT NULL,
       hash TEXT NOT NULL
     ) ${strict}`,
    'CREATE INDEX audit_entries_by_actor ON audit_entries (actor, sequence)',
    'CREATE INDEX audit_entries_by_action ON audit_entries (action, sequence)',
    'CREATE INDEX audit_entries_by_target ON audit_entries (target, sequence)',
    `CREATE TABLE oidc_payloads (
       model TEXT NOT NULL,
       id TEXT NOT NULL,
       payload TEXT NOT NULL,
       expires_at ${integer},
       grant_id TEXT,
       uid TEXT,
       user_code TEXT,
       consumed_at ${integer},
       PRIMARY KEY (model, id)
     ) ${strict}`,
    'CREATE INDEX oidc_payloads_by_expiry ON oidc_payloads (expires_at)',
    'CREATE INDEX oidc_payloads_by_grant ON oidc_payloads (grant_id)',
    'CREATE INDEX oidc_payloads_by_uid ON oidc_payloads (model, uid)',
    'CREATE INDEX oidc_payloads_by_user_code ON oidc_payloads (model, user_code)',
    `CREATE TABLE leases (
       name TEXT PRIMARY KEY,
       holder TEXT NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
  ],
];
