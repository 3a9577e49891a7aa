import { requestStatus } from '../../agent/control/control-client.ts';
import type { AgentStatus } from '../../agent/control/control-api.ts';
import { AgentError } from '../../agent/errors.ts';
import type { ServerCheck } from '../../agent/server-check.ts';
import { ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFields, formatJson, formatTable, printWidth, type Output } from '../output.ts';
import { formatSettingsProblems } from './config-show.ts';
import { loadSettings } from './load-settings.ts';
import { agentPlaces } from './places.ts';
import { checkInBrief, describeCheck, tryServers } from './server-checks.ts';

/** Options of the command. */
export interface StatusOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Of the machine's agent, not of this user's. */
  readonly machine?: boolean;
}

/**
 * `countersign status`: asks the running agent how it is, and tries each server: would this device pass?
 *
 * @throws ExitWith `notRunning`
 */
export async function status(options: StatusOptions, output: Output): Promise<void> {
  const kind = options.machine === true ? 'machine' : 'user';
  const places = agentPlaces(process.platform, process.env, kind);
  const { settings } = await loadSettings(options.config, places);
  let answer: AgentStatus;
  try {
    answer = await requestStatus(places.controlSocket(settings.stateDirectory));
  } catch (error) {
    const absent = error instanceof AgentError && error.code === 'not_running';
    if (absent && options.json === true) output.out(formatJson({ running: false }));
    throw absent ? new ExitWith(exitCodes.notRunning, error) : error;
  }
  const { checks } = await tryServers(settings);
  const width = printWidth(output.columns);
  output.out(
    options.json === true
      ? formatJson({ running: true, ...answer, checks: checks.map(describeCheck) })
      : formatStatus(answer, width) + formatChecks(checks, width),
  );
}

function formatChecks(checks: readonly ServerCheck[], width: number): string {
  if (checks.length === 0) return '';
  const rows = checks.map((check) => [check.issuer, checkInBrief(check)]);
  const columns = [{ title: 'SERVER' }, { title: 'THIS DEVICE', wrap: true }];
  return `\n${formatTable(columns, rows, width)}`;
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
