/** Puts the agent together. Loaded after the daemon listens: it brings the stores' code with it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Agent } from '../../agent/agent.ts';
import { AuditLog } from '../../agent/audit/audit-log.ts';
import type { AgentSettings } from '../../agent/config/settings.ts';
import { agentInstance, preparePrivateDirectory } from '../../agent/state-directory.ts';
import { systemClock, systemRandom, type Logger } from '../../core/index.ts';
import { packageVersion } from '../version.ts';
import { deviceClaims } from './device.ts';
import { ExpiryNotices } from './expiry-notices.ts';
import { storeOpener } from './open-store.ts';
import type { AgentPlaces } from './places.ts';

/**
 * Composes the agent of this machine.
 *
 * @param noticeDays - the present setting `expiryNoticeDays`; undefined where nobody is at a desktop
 * @throws AgentError `state_directory_unusable`
 */
export function composeAgent(
  settings: AgentSettings,
  places: AgentPlaces,
  logger: Logger,
  noticeDays: () => number | undefined,
): Agent {
  prepareDefaultStore(settings, places);
  const notices = new ExpiryNotices({
    platform: process.platform,
    days: noticeDays,
    file: join(settings.stateDirectory, 'notices.json'),
    clock: systemClock,
    logger,
  });
  return new Agent({
    settings,
    openStore: storeOpener(logger),
    auditLog: new AuditLog(settings.auditLog, logger),
    device: deviceClaims(process.platform),
    agentInstance: agentInstance(settings.stateDirectory, systemRandom),
    agentVersion: packageVersion(),
    clock: systemClock,
    random: systemRandom,
    logger,
    onCertificateUsed: (certificate) => void notices.used(certificate),
  });
}

/**
 * Makes the directory of the default store where the settings name that one: an agent that has been
 * given no certificate yet has an empty store, not a broken one.
 *
 * @throws AgentError `state_directory_unusable`
 */
export function prepareDefaultStore(
  { stores }: AgentSettings,
  { keyDirectory }: AgentPlaces,
): void {
  if (!stores.some(({ uri }) => uri === pathToFileURL(keyDirectory).href)) return;
  preparePrivateDirectory(keyDirectory, process.getuid?.());
}
