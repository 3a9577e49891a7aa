export { sealAuditEvent, verifyAuditChain, type AuditProblem } from './chain.ts';
