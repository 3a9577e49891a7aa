/** Puts the agent together. Loaded after the daemon listens: it brings the stores' code with it. */
import { Agent } from '../../agent/agent.ts';
import { AuditLog } from '../../agent/audit/audit-log.ts';
import type { AgentSettings } from '../../agent/config/settings.ts';
import { agentInstance } from '../../agent/state-directory.ts';
import { systemClock, systemRandom, type Logger } from '../../core/index.ts';
import { packageVersion } from '../version.ts';
import { deviceClaims } from './device.ts';
import { storeOpener } from './open-store.ts';
import type { AgentPlaces } from './places.ts';

/**
 * Composes the agent of this machine.
 *
 * @throws AgentError `state_directory_unusable`
 */
export function composeAgent(settings: AgentSettings, places: AgentPlaces, logger: Logger): Agent {
  return new Agent({
    settings,
    openStore: storeOpener(places, logger),
    auditLog: new AuditLog(settings.auditLog, logger),
    device: deviceClaims(process.platform),
    agentInstance: agentInstance(settings.stateDirectory, systemRandom),
    agentVersion: packageVersion(),
    clock: systemClock,
    random: systemRandom,
    logger,
  });
}
