/** The administrators' use cases for commands: what they change stands in the audit log as `cli`. */
import { silentLogger, systemClock, systemRandom } from '../../core/index.ts';
import type { Administration } from '../../server/index.ts';
import { defaultRevocationOptions } from '../../server/revocation/index.ts';
// The server's index would bring the web server along, which takes longer than most commands.
import { openLocalAdministration } from '../../server/services.ts';
import type { CommandContext, DataOptions } from './context.ts';
import { revocationOptions } from './revocation-options.ts';
import { readSettings, withStorage } from './storage-access.ts';

/** Opens them for one command, over the storage of its settings. */
export function openAdministration(
  context: CommandContext,
  options: DataOptions,
  work: (administration: Administration) => Promise<void>,
): Promise<void> {
  const settings = readSettings(context, options);
  return withStorage(settings, async (storage) => {
    const local = openLocalAdministration(
      {
        storage,
        revocation: { ...defaultRevocationOptions, ...revocationOptions(settings) },
        ...{ clock: systemClock, random: systemRandom, logger: silentLogger },
      },
      settings.issuer,
    );
    try {
      await work(local.administration);
    } finally {
      await local.close();
    }
  });
}
