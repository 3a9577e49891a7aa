export { createAuditLog, type AuditLog } from './audit-log.ts';
export { sealAuditEvent, verifyAuditChain, type AuditProblem } from './chain.ts';
