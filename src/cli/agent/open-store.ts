import { mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { OpenStore } from '../../agent/identity-source.ts';
import type { Logger } from '../../core/index.ts';
import { openCertificateStore } from '../../keystore/index.ts';
import type { AgentPlaces } from './places.ts';

/**
 * Opens stores for the agent's commands. The default directory of key files is made where it is not
 * there: an agent without a certificate has an empty store, not a broken one.
 */
export function storeOpener(places: AgentPlaces, logger: Logger): OpenStore {
  const keyDirectory = pathToFileURL(places.keyDirectory).href;
  return (entry) => {
    if (entry.uri === keyDirectory) makeDirectory(places.keyDirectory);
    return openCertificateStore({ ...entry, logger });
  };
}

/** Where it cannot be made, the store itself says that it is not there. */
function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
}
