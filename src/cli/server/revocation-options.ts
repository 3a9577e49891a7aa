import type { RevocationOptions } from '../../server/index.ts';
import type { ServerSettings } from './settings.ts';

/** Takes what the settings say of revocation; what they do not say is left to defaults. */
export function revocationOptions(settings: ServerSettings): Partial<RevocationOptions> {
  const seconds = (value: number | undefined): number | undefined => value && value * 1000;
  const maxWait = seconds(settings['revocation.maxWait']);
  const refreshInterval = seconds(settings['revocation.refreshInterval']);
  const ocspInterval = seconds(settings['revocation.ocspInterval']);
  return {
    allowedAddresses: settings['revocation.allowedAddresses'] ?? [],
    crlDirectory: settings['revocation.crlDirectory'],
    ...(maxWait === undefined ? {} : { maxWait }),
    ...(refreshInterval === undefined ? {} : { refreshInterval }),
    ...(ocspInterval === undefined ? {} : { ocspInterval }),
  };
}
