/** What {@link verifyAuditLog} can find wrong with an audit log. */
export const auditErrors = {
  audit_line_invalid: 'A line of the audit log is not a record; it was damaged or put there.',
  audit_line_changed: 'A line of the audit log was changed after it had been written.',
  audit_chain_broken:
    'The audit log’s lines do not follow each other; some were removed, inserted or moved.',
  audit_chain_restarted:
    'The audit log was so damaged that the agent began a new chain; what stood before may be incomplete.',
  audit_expected_missing:
    'The audit log does not hold the line it was expected to; it was cut short or written anew.',
} as const;

/** One of {@link auditErrors}' codes. */
export type AuditErrorCode = keyof typeof auditErrors;
