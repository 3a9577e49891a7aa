/** What the audit log holds: one record for every challenge, and what happened to the log itself. */

/** One challenge and its outcome. Never a token, a PIN or a signature. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly event: 'challenge';
  /**
   * `managed` or `refused`: the server's verdict on a proof. `declined`: no certificate could answer, and
   * the server was told. `failed`: the challenge was refused, or the server did not take the answer.
   */
  readonly outcome: 'managed' | 'refused' | 'declined' | 'failed';
  /** The web origin of the page. */
  readonly origin: string;
  /** As the challenge says; of one that was refused, nothing but a claim. */
  readonly issuer?: string | undefined;
  readonly transaction?: string | undefined;
  /** The certificate that signed. */
  readonly certificate?: AuditedCertificate | undefined;
  /** The verdict's, the decline's or the error's code and sentence. */
  readonly code: string;
  readonly message: string;
  readonly durationMs: number;
}

/** A certificate, as a line of the log names it. */
export interface AuditedCertificate {
  /** RFC 4514 text. */
  readonly subject: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Hexadecimal SHA-256 of the DER. */
  readonly sha256: string;
}

/** A line was cut short when the agent was ended while writing; the fragment stands before this record. */
export interface TornLineRecord {
  readonly time: string;
  readonly event: 'torn_line';
  /** Length of the fragment. */
  readonly bytes: number;
}

/** What stood before this record does not end in a record, so no chain could be continued. */
export interface ChainRestartedRecord {
  readonly time: string;
  readonly event: 'chain_restarted';
}

/** Whatever a line of the log records. */
export type AuditEvent = AuditRecord | TornLineRecord | ChainRestartedRecord;
