/** What `countersign-server certs explain` does. */
import { explanationJson } from '../../server/administration/index.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson } from '../output.ts';
import type { CommandContext } from './context.ts';
import { explainFiles, type ExplainOptions } from './explain-files.ts';
import { explanationText } from './explanation.ts';

/** Options of the command. */
export interface ExplainCommandOptions extends ExplainOptions {
  readonly json?: true;
}

/** Prints what path validation says; a refused certificate ends the program with a code of its own. */
export async function explain(
  context: CommandContext,
  files: readonly string[],
  options: ExplainCommandOptions,
): Promise<void> {
  const explanation = await explainFiles(context, files, options);
  context.output.out(
    options.json ? formatJson(explanationJson(explanation)) : explanationText(explanation),
  );
  if (!explanation.result.ok) throw new ExitWith(exitCodes.noManagedCertificate);
}
