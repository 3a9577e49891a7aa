import { requestStatus } from '../../agent/control/control-client.ts';
import type { AgentStatus } from '../../agent/control/control-api.ts';
import { AgentError } from '../../agent/errors.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFields, formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { formatSettingsProblems } from './config-show.ts';
import { loadSettings } from './load-settings.ts';
import { agentPlaces } from './places.ts';

/** Options of the command. */
export interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/**
 * `countersign status`: asks the running agent.
 *
 * @throws ExitWith `notRunning`
 */
export async function status(options: StatusOptions, output: Output): Promise<void> {
  const places = agentPlaces(process.platform, process.env);
  const { settings } = await loadSettings(options.config, places);
  let answer: AgentStatus;
  try {
    answer = await requestStatus(places.controlSocket(settings.stateDirectory));
  } catch (error) {
    const absent = error instanceof AgentError && error.code === 'not_running';
    if (absent && options.json === true) output.out(formatJson({ running: false }));
    throw absent ? new ExitWith(exitCodes.notRunning, error) : error;
  }
  output.out(
    options.json === true
      ? formatJson({ running: true, ...answer })
      : formatStatus(answer, printWidth(output.columns)),
  );
}

function formatStatus(answer: AgentStatus, width: number): string {
  const { managed, refused, declined, failed } = answer.challenges;
  const fields = formatFields(
    [
      ['agent', `running, version ${answer.version}, process ${answer.processId}`],
      ['since', answer.startedAt],
      ['listening', answer.addresses.map((address) => `${address} port ${answer.port}`).join(', ')],
      ['settings', answer.settingsSource],
      ['servers', answer.servers.join(', ')],
      [
        'challenges',
        `${managed} managed, ${refused} refused, ${declined} declined, ${failed} failed`,
      ],
    ],
    width,
  );
  const stores = formatTable(
    [
      { title: 'STORE', wrap: true },
      { title: 'STATE' },
      { title: 'CERTIFICATES' },
      { title: 'PROBLEM', wrap: true },
    ],
    answer.stores.map((store) => [
      store.uri,
      store.state,
      store.state === 'read' ? String(store.certificates) : '-',
      store.problems.map(({ code, message }) => `${code}: ${message}`).join(' '),
    ]),
    width,
  );
  return `${fields}\n${stores}${formatSettingsProblems(answer.settingsProblems, width)}`;
}
