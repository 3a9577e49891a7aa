export { Agent, type AgentOptions, type OutcomeCounts } from './agent.ts';
export type { AnswerTrace, ChallengeDelivery } from './answer-challenge.ts';
export type { AuditLink } from './audit/audit-chain.ts';
export { rotatedFiles } from './audit/audit-files.ts';
export { AuditLog, defaultAuditRotation, type AuditRotation } from './audit/audit-log.ts';
export type { AuditedCertificate, AuditEvent, AuditRecord } from './audit/audit-record.ts';
export { auditErrors, type AuditErrorCode } from './audit/errors.ts';
export { readAuditLog, type StoredAuditRecord } from './audit/read-audit-log.ts';
export {
  verifyAuditLog,
  type AuditProblem,
  type AuditVerification,
  type TornLine,
} from './audit/verify-audit-log.ts';
export { parseSettings, parseSettingsObject } from './config/parse-settings.ts';
export { policyToSettings } from './config/policy-values.ts';
export {
  resolveSettings,
  type ResolvedSettings,
  type SettingsProblem,
  type SettingsSource,
} from './config/resolve-settings.ts';
export {
  managedPolicyDomains,
  settingNames,
  settingsSchema,
  textFormats,
  type SettingName,
} from './config/settings-schema.ts';
export type {
  AgentSettings,
  ProxySettings,
  ServerKeySource,
  SettingsDefaults,
  SettingsDocument,
  SettingsMembers,
  StoreEntry,
  TrustedServer,
} from './config/settings.ts';
export type { AgentStatus } from './control/control-api.ts';
export { requestStatus } from './control/control-client.ts';
export { openControlServer, type ControlServer } from './control/control-server.ts';
export { declineCodeFor } from './decline-code.ts';
export { AgentError, agentErrors, type AgentErrorCode } from './errors.ts';
export { IdentitySource, type OpenStore, type StoreHealth, type Sweep } from './identity-source.ts';
export { localUserId, sameUserId, type UserIdRule } from './loopback/peer-rules.ts';
export { LinuxPeerOwnership } from './loopback/linux-peer-ownership.ts';
export type { LoopbackListener } from './loopback/listen.ts';
export { startLoopback, type Loopback, type LoopbackOptions } from './loopback/loopback.ts';
export {
  uncheckedPeerOwnership,
  type ConnectionEnds,
  type PeerOwner,
  type PeerOwnership,
} from './loopback/peer-ownership.ts';
export { portHolder, type PortHolder } from './loopback/port-holder.ts';
export {
  selectIdentity,
  selectionReasons,
  type ChosenIdentity,
  type RejectedCertificate,
  type RejectionCode,
  type Selection,
  type SelectionCriteria,
} from './select-identity.ts';
export { agentInstance, preparePrivateDirectory } from './state-directory.ts';
export { defaultServerClientLimits, type ServerClientLimits } from './submission/server-client.ts';
