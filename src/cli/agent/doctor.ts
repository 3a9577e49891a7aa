/** `countersign doctor`: everything that can keep this device from being called managed, on one page. */
import { writeFileSync } from 'node:fs';
import { homedir, hostname, release } from 'node:os';
import { resolve } from 'node:path';
import { browserAccess } from '../../agent/browser-policies.ts';
import type { ResolvedSettings } from '../../agent/config/resolve-settings.ts';
import { settingsToDocument } from '../../agent/config/settings-document.ts';
import { requestStatus } from '../../agent/control/control-client.ts';
import { AgentError } from '../../agent/errors.ts';
import { systemClock } from '../../core/index.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatJson, formatTable, reportWidth, type Output } from '../output.ts';
import { packageVersion } from '../version.ts';
import { readBrowserPolicies } from './browser-policies.ts';
import { describeStored } from './certificate-listing.ts';
import { findingsOf, type Finding, type Observations } from './doctor-findings.ts';
import { describeSources, loadSettings } from './load-settings.ts';
import { agentPlaces, type AgentPlaces } from './places.ts';
import { portUseOf } from './port-use.ts';
import { describeCheck, tryServers } from './server-checks.ts';
import { inspectService } from './service-commands.ts';
import { serviceRequest } from './service-context.ts';
import { runTool } from './run-tool.ts';

/** Options of the command. */
export interface DoctorOptions {
  readonly config?: string;
  readonly json?: boolean;
  /** Of the machine's agent, not of this user's. */
  readonly machine?: boolean;
  readonly bundle?: string;
}

/**
 * Looks at everything, and says of each thing that is wrong what to do.
 *
 * @throws ExitWith `failure` where there is a problem, once everything has been told
 * @throws CliError `file_unwritable` where the bundle cannot be written
 */
export async function doctor(options: DoctorOptions, output: Output): Promise<void> {
  const kind = options.machine === true ? 'machine' : 'user';
  const places = agentPlaces(process.platform, process.env, kind);
  const resolved = await loadSettings(options.config, places);
  const seen = await observe(resolved, places, options);
  const findings = findingsOf(seen);
  if (options.bundle !== undefined) {
    writeBundle(resolve(options.bundle), formatJson(describe(findings, resolved, seen)));
  }
  output.out(
    options.json === true
      ? formatJson(describe(findings, resolved, seen))
      : format(findings, reportWidth(output.columns)),
  );
  if (findings.some(({ level }) => level === 'problem')) throw new ExitWith(exitCodes.failure);
}

async function observe(
  resolved: ResolvedSettings,
  places: AgentPlaces,
  options: DoctorOptions,
): Promise<Observations> {
  const { settings, problems } = resolved;
  const trial = await tryServers(settings);
  const origins = settings.servers.flatMap((server) => server.origins);
  const useOf = portUseOf(process.platform, runTool);
  const socket = places.controlSocket(settings.stateDirectory);
  return {
    versions: `countersign ${packageVersion()}, Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}`,
    settingsSources: describeSources(resolved),
    settingsProblems: problems,
    ...(await observeAgent(socket)),
    ports: settings.ports.map((port) => ({ port, holder: useOf(port) })),
    ...trial,
    now: systemClock.now(),
    browsers: browserAccess(await readBrowserPolicies(process.platform, '/'), origins),
    services: observeServices(options),
    installedVersion: packageVersion(),
  };
}

/** Each way in which the agent may have been installed; none where this system's manager is not known. */
function observeServices({ config }: DoctorOptions): Observations['services'] {
  const named = config === undefined ? {} : { config };
  const scopes = [{}, { allUsers: true }, { machine: true }];
  return scopes.flatMap((scope) => {
    const request = serviceRequest({ ...scope, ...named });
    try {
      const state = inspectService({ platform: process.platform, request, runTool });
      return [{ scope: request.scope, ...state }];
    } catch (error) {
      if (error instanceof CliError) return [];
      throw error;
    }
  });
}

async function observeAgent(socket: string): Promise<Pick<Observations, 'agent' | 'agentFailure'>> {
  try {
    return { agent: await requestStatus(socket), agentFailure: undefined };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    const silent = error.code !== 'not_running';
    return { agent: undefined, agentFailure: silent ? error.message : undefined };
  }
}

function describe(
  findings: readonly Finding[],
  { settings, origins }: ResolvedSettings,
  { agent, services, sweep, checks }: Observations,
): object {
  return {
    healthy: findings.every(({ level }) => level !== 'problem'),
    findings,
    settings: settingsToDocument(settings),
    origins,
    agent: agent ?? null,
    services,
    certificates: sweep.certificates.map(describeStored),
    servers: checks.map(describeCheck),
  };
}

function format(findings: readonly Finding[], width: number): string {
  const columns = [
    { title: 'AREA' },
    { title: '' },
    { title: 'FINDING', wrap: true },
    { title: 'WHAT TO DO', wrap: true },
  ];
  const rows = findings.map(({ area, level, what, remedy }) => [
    area,
    level === 'ok' ? '' : level.toUpperCase(),
    what,
    remedy ?? '',
  ]);
  const problems = findings.filter(({ level }) => level === 'problem').length;
  const conclusion = problems === 0 ? 'No problem found.' : `Problems found: ${problems}.`;
  return `${formatTable(columns, rows, width)}\n${conclusion}\n`;
}

/** For people outside: without the names of this user's directory and of this device. */
function writeBundle(file: string, text: string): void {
  try {
    writeFileSync(file, redact(text, homedir(), hostname()), { mode: 0o600, flag: 'wx' });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CliError('file_unwritable', {
      message: `The file ${file} cannot be written (${code}).`,
      cause,
    });
  }
}

/**
 * Takes the names out of a report that tell whose device it is from.
 *
 * @param text - the report, in JSON
 * @param home - the user's directory, which becomes `~`
 * @param host - the device's name, which becomes `<host>`
 */
export function redact(text: string, home: string, host: string): string {
  // As JSON writes it: a path on Windows has backslashes.
  const written = JSON.stringify(home).slice(1, -1);
  const withoutHome = home.length > 1 ? text.replaceAll(written, '~') : text;
  if (host === '') return withoutHome;
  const literal = host.replace(/[^\w]/g, '\\$&');
  return withoutHome.replace(new RegExp(`(?<![\\w-])${literal}(?![\\w-])`, 'g'), '<host>');
}
