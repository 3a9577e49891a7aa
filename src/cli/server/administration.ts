import type { Administration } from '../../server/index.ts';
import type { CommandContext, DataOptions } from './context.ts';

/** Opens the administrators' use cases for one command. They load when they are called for: help needs none. */
export async function withAdministration(
  context: CommandContext,
  options: DataOptions,
  work: (administration: Administration) => Promise<void>,
): Promise<void> {
  const { openAdministration } = await import('./open-administration.ts');
  await openAdministration(context, options, work);
}
