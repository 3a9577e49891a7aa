/** The steps of the schema. A step that was released is never changed: a new one is added. */

/** What the databases call the types of columns. */
export interface ColumnTypes {
  readonly integer: string;
  readonly bytes: string;
  /** A number that goes up with each row. */
  readonly position: string;
  /** Text that is compared by its bytes, whatever language the database is set to. */
  readonly text: string;
  /** The member `code` of the JSON in the column `result`. */
  readonly resultCode: string;
  /** Ends a table whose columns take their type only. */
  readonly strict: string;
}

/** Each step's statements. */
export const schemaSteps: readonly ((types: ColumnTypes) => readonly string[])[] = [
  ({ integer, bytes, position, text, strict }) => [
    `CREATE TABLE transactions (
       id ${text} PRIMARY KEY,
       session ${text} NOT NULL,
       origin ${text} NOT NULL,
       terms ${text} NOT NULL,
       nonce ${text} NOT NULL,
       challenge ${text} NOT NULL,
       state ${text} NOT NULL CHECK
         (state IN ('pending', 'taken', 'managed', 'refused', 'cancelled', 'expired')),
       created_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX transactions_by_expiry ON transactions (expires_at)',
    `CREATE INDEX transactions_pending ON transactions (expires_at) WHERE state = 'pending'`,
    `CREATE INDEX transactions_pending_by_session ON transactions (session)
     WHERE state = 'pending'`,
    `CREATE TABLE sign_ins (
       transaction_id ${text} PRIMARY KEY,
       origin ${text} NOT NULL,
       decided_at ${integer} NOT NULL,
       managed ${integer} NOT NULL,
       result ${text} NOT NULL
     ) ${strict}`,
    'CREATE INDEX sign_ins_by_time ON sign_ins (decided_at)',
    `CREATE TABLE authorities (
       position ${position},
       id ${text} NOT NULL UNIQUE,
       der ${bytes} NOT NULL,
       added_at ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE sessions (
       id ${text} PRIMARY KEY,
       transaction_id ${text} NOT NULL UNIQUE REFERENCES sign_ins ON DELETE CASCADE,
       created_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX sessions_by_expiry ON sessions (expires_at)',
    `CREATE TABLE signing_keys (
       id ${text} PRIMARY KEY,
       private_jwk ${text} NOT NULL,
       created_at ${integer} NOT NULL,
       signs_from ${integer} NOT NULL
     ) ${strict}`,
  ],
  ({ integer, bytes, text, strict }) => [
    `ALTER TABLE authorities ADD COLUMN revocation ${text}`,
    `CREATE TABLE crls (
       source ${text} PRIMARY KEY,
       sha256 ${text} NOT NULL,
       size ${integer} NOT NULL,
       signer ${bytes},
       confirmed_at ${integer} NOT NULL,
       used_at ${integer} NOT NULL,
       etag ${text},
       last_modified ${text},
       der ${bytes} NOT NULL
     ) ${strict}`,
    `CREATE TABLE ocsp_responses (
       key ${text} PRIMARY KEY,
       der ${bytes} NOT NULL,
       nonce ${bytes} NOT NULL,
       fetched_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX ocsp_responses_by_age ON ocsp_responses (fetched_at)',
    `CREATE TABLE fetches (
       address ${text} PRIMARY KEY,
       attempted_at ${integer} NOT NULL,
       failures ${integer} NOT NULL,
       error ${text}
     ) ${strict}`,
  ],
  ({ integer, bytes, text, resultCode, strict }) => [
    `ALTER TABLE authorities ADD COLUMN disabled ${integer} NOT NULL DEFAULT 0`,
    `ALTER TABLE transactions ADD COLUMN application ${text}`,
    `ALTER TABLE transactions ADD COLUMN user_name ${text}`,
    `ALTER TABLE signing_keys ADD COLUMN purpose ${text} NOT NULL DEFAULT 'challenges'`,
    `CREATE TABLE devices (
       id ${text} PRIMARY KEY,
       state ${text} NOT NULL CHECK (state IN ('active', 'deactivated')),
       platform ${text} NOT NULL,
       os_version ${text} NOT NULL,
       hostname ${text} NOT NULL,
       hostname_folded ${text} NOT NULL,
       serial ${text},
       serial_folded ${text},
       agent_version ${text} NOT NULL,
       agent_instance ${text} NOT NULL,
       former_instances ${text} NOT NULL,
       key_store ${text} NOT NULL,
       key_protection ${text} NOT NULL,
       first_seen_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL,
       certificate ${text} NOT NULL,
       certificate_name ${text} NOT NULL,
       certificate_not_after ${integer} NOT NULL,
       authority ${text} NOT NULL,
       open_alarms ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX devices_by_time ON devices (last_seen_at, id)',
    'CREATE INDEX devices_by_hostname ON devices (hostname_folded)',
    'CREATE INDEX devices_by_serial ON devices (serial_folded)',
    'CREATE INDEX devices_by_certificate_name ON devices (certificate_name)',
    'CREATE INDEX devices_by_instance ON devices (agent_instance, last_seen_at)',
    'CREATE INDEX devices_by_expiry ON devices (certificate_not_after, state)',
    'CREATE INDEX devices_by_kind ON devices (platform, state)',
    `CREATE INDEX devices_deactivated ON devices (last_seen_at, id) WHERE state = 'deactivated'`,
    'CREATE INDEX devices_alarmed ON devices (last_seen_at, id) WHERE open_alarms > 0',
    'CREATE INDEX devices_by_platform ON devices (platform, last_seen_at, id)',
    'CREATE INDEX devices_by_authority ON devices (authority, last_seen_at, id)',
    `CREATE TABLE device_certificates (
       sha256 ${text} PRIMARY KEY,
       device ${text} NOT NULL REFERENCES devices ON DELETE CASCADE,
       public_key_sha256 ${text} NOT NULL,
       subject ${text} NOT NULL,
       issuer ${text} NOT NULL,
       serial_number ${text} NOT NULL,
       not_before ${integer} NOT NULL,
       not_after ${integer} NOT NULL,
       authority ${text} NOT NULL,
       first_seen_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX device_certificates_by_device ON device_certificates (device, last_seen_at)',
    'CREATE INDEX device_certificates_by_key ON device_certificates (public_key_sha256)',
    `CREATE TABLE device_alarms (
       id ${text} PRIMARY KEY,
       device ${text} NOT NULL REFERENCES devices ON DELETE CASCADE,
       kind ${text} NOT NULL,
       at ${integer} NOT NULL,
       message ${text} NOT NULL,
       claims ${text} NOT NULL,
       acknowledged_at ${integer},
       acknowledged_by ${text}
     ) ${strict}`,
    'CREATE INDEX device_alarms_by_time ON device_alarms (at, id)',
    'CREATE INDEX device_alarms_by_device ON device_alarms (device, at, id)',
    'CREATE INDEX device_alarms_open ON device_alarms (at, id) WHERE acknowledged_at IS NULL',
    `ALTER TABLE sign_ins ADD COLUMN code ${text}`,
    `ALTER TABLE sign_ins ADD COLUMN allowed ${integer}`,
    `ALTER TABLE sign_ins ADD COLUMN application ${text}`,
    `ALTER TABLE sign_ins ADD COLUMN device ${text}`,
    `ALTER TABLE sign_ins ADD COLUMN user_name ${text}`,
    `UPDATE sign_ins SET code = ${resultCode}, allowed = managed`,
    'DROP INDEX sign_ins_by_time',
    'CREATE INDEX sign_ins_by_time ON sign_ins (decided_at, transaction_id)',
    // Most sign-ins go well, and each index is written to at each sign-in: what is rare has its own.
    'CREATE INDEX sign_ins_denied ON sign_ins (decided_at, transaction_id) WHERE allowed = 0',
    'CREATE INDEX sign_ins_unmanaged ON sign_ins (decided_at, transaction_id) WHERE managed = 0',
    `CREATE INDEX sign_ins_by_code ON sign_ins (code, decided_at, transaction_id)
     WHERE code <> 'device_managed'`,
    `CREATE INDEX sign_ins_by_application ON sign_ins (application, decided_at, transaction_id)
     WHERE application IS NOT NULL`,
    `CREATE INDEX sign_ins_by_device ON sign_ins (device, decided_at, transaction_id)
     WHERE device IS NOT NULL`,
    `CREATE INDEX sign_ins_by_user ON sign_ins (user_name, decided_at, transaction_id)
     WHERE user_name IS NOT NULL`,
    `CREATE TABLE sign_in_counts (
       hour ${integer} NOT NULL,
       application ${text} NOT NULL,
       code ${text} NOT NULL,
       allowed ${integer} NOT NULL,
       slot ${integer} NOT NULL,
       count ${integer} NOT NULL,
       PRIMARY KEY (hour, application, code, allowed, slot)
     ) ${strict}`,
    `INSERT INTO sign_in_counts (hour, application, code, allowed, slot, count)
     SELECT decided_at - decided_at % 3600000, '', code, allowed, 0, COUNT(*)
     FROM sign_ins GROUP BY 1, code, allowed`,
    `CREATE TABLE policies (
       id ${text} PRIMARY KEY,
       name ${text} NOT NULL UNIQUE,
       rules ${text} NOT NULL,
       version ${integer} NOT NULL,
       updated_at ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE applications (
       id ${text} PRIMARY KEY,
       name ${text} NOT NULL UNIQUE,
       kind ${text} NOT NULL,
       policy ${text} REFERENCES policies,
       origins ${text} NOT NULL,
       redirect_uris ${text} NOT NULL,
       secret_hash ${text},
       settings ${text} NOT NULL,
       disabled ${integer} NOT NULL,
       created_at ${integer} NOT NULL,
       version ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE settings (
       key ${text} PRIMARY KEY,
       value ${text} NOT NULL,
       version ${integer} NOT NULL
     ) ${strict}`,
    `CREATE TABLE administrators (
       id ${text} PRIMARY KEY,
       name ${text} NOT NULL,
       name_folded ${text} NOT NULL UNIQUE,
       role ${text} NOT NULL CHECK (role IN ('admin', 'auditor')),
       password_hash ${text},
       federation_issuer ${text},
       federation_subject ${text},
       disabled ${integer} NOT NULL,
       failures ${integer} NOT NULL,
       locked_until ${integer},
       created_at ${integer} NOT NULL,
       version ${integer} NOT NULL,
       UNIQUE (federation_issuer, federation_subject)
     ) ${strict}`,
    `CREATE TABLE passkeys (
       id ${text} PRIMARY KEY,
       administrator ${text} NOT NULL REFERENCES administrators ON DELETE CASCADE,
       name ${text} NOT NULL,
       public_key ${bytes} NOT NULL,
       counter ${integer} NOT NULL,
       transports ${text} NOT NULL,
       created_at ${integer} NOT NULL,
       last_used_at ${integer}
     ) ${strict}`,
    'CREATE INDEX passkeys_by_administrator ON passkeys (administrator)',
    `CREATE TABLE administrator_sessions (
       id ${text} PRIMARY KEY,
       administrator ${text} NOT NULL REFERENCES administrators ON DELETE CASCADE,
       csrf_token ${text} NOT NULL,
       created_at ${integer} NOT NULL,
       last_seen_at ${integer} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
    'CREATE INDEX administrator_sessions_by_expiry ON administrator_sessions (expires_at)',
    'CREATE INDEX administrator_sessions_by_owner ON administrator_sessions (administrator)',
    `CREATE TABLE api_tokens (
       id ${text} PRIMARY KEY,
       name ${text} NOT NULL UNIQUE,
       hash ${text} NOT NULL UNIQUE,
       role ${text} NOT NULL CHECK (role IN ('admin', 'auditor')),
       created_by ${text} NOT NULL,
       created_at ${integer} NOT NULL,
       expires_at ${integer},
       last_used_at ${integer}
     ) ${strict}`,
    `CREATE TABLE audit_entries (
       sequence ${integer} PRIMARY KEY,
       at ${integer} NOT NULL,
       actor ${text} NOT NULL,
       via ${text} NOT NULL,
       address ${text},
       action ${text} NOT NULL,
       target ${text},
       state_before ${text},
       state_after ${text},
       previous ${text} NOT NULL,
       hash ${text} NOT NULL
     ) ${strict}`,
    'CREATE INDEX audit_entries_by_actor ON audit_entries (actor, sequence)',
    'CREATE INDEX audit_entries_by_action ON audit_entries (action, sequence)',
    'CREATE INDEX audit_entries_by_target ON audit_entries (target, sequence)',
    `CREATE TABLE oidc_payloads (
       model ${text} NOT NULL,
       id ${text} NOT NULL,
       payload ${text} NOT NULL,
       expires_at ${integer},
       grant_id ${text},
       uid ${text},
       user_code ${text},
       consumed_at ${integer},
       PRIMARY KEY (model, id)
     ) ${strict}`,
    'CREATE INDEX oidc_payloads_by_expiry ON oidc_payloads (expires_at)',
    'CREATE INDEX oidc_payloads_by_model ON oidc_payloads (model, expires_at)',
    'CREATE INDEX oidc_payloads_by_grant ON oidc_payloads (grant_id)',
    'CREATE INDEX oidc_payloads_by_uid ON oidc_payloads (model, uid)',
    'CREATE INDEX oidc_payloads_by_user_code ON oidc_payloads (model, user_code)',
    `CREATE TABLE leases (
       name ${text} PRIMARY KEY,
       holder ${text} NOT NULL,
       expires_at ${integer} NOT NULL
     ) ${strict}`,
  ],
];
