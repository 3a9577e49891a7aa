import type { OpenStore } from '../../agent/identity-source.ts';
import type { Logger } from '../../core/index.ts';
import { openCertificateStore } from '../../keystore/index.ts';

/** Opens stores for the agent's commands. */
export function storeOpener(logger: Logger): OpenStore {
  return (entry) => openCertificateStore({ ...entry, logger });
}
