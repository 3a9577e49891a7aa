export { createAuditLog, type AuditLog, type AuditRecord } from './audit-log.ts';
export { sealAuditEvent, verifyAuditChain, type AuditProblem } from './chain.ts';
