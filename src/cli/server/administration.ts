/** The administrators' use cases for commands: what they change stands in the audit log as `cli`. */
import { silentLogger, systemClock, systemRandom } from '../../core/index.ts';
import {
  defaultRevocationOptions,
  openLocalAdministration,
  type Administration,
} from '../../server/index.ts';
import { readSettings, withStorage, type CommandContext, type DataOptions } from './context.ts';
import { revocationOptions } from './revocation-options.ts';

/** Opens them for one command, over the storage of its settings. */
export function withAdministration(
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
