/** `countersign service`: hands the agent to the system's own service manager. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { planService } from '../../agent/service/service-plan.ts';
import type {
  ServicePlan,
  ServiceRequest,
  ToolCommand,
} from '../../agent/service/service-request.ts';
import { CliError, ExitWith } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { formatFields, formatJson, printable, printWidth, type Output } from '../output.ts';
import type { RunTool, ToolResult } from './run-tool.ts';

/** What a service command works with; all of it is a parameter, so that each system can be tested. */
export interface ServiceContext {
  readonly platform: NodeJS.Platform;
  readonly request: ServiceRequest;
  readonly runTool: RunTool;
  readonly output: Output;
}

/**
 * Writes the service's description and tells the service manager. Settings, keys and audit log are not
 * touched: installing again is how an upgrade takes effect.
 *
 * @param dryRun - prints what would be written and run, and does nothing
 * @throws CliError `service_unsupported`, `service_path_invalid`, `service_file_unwritable`,
 *   `service_manager_failed`
 */
export function installService(context: ServiceContext, dryRun: boolean): void {
  const { output } = context;
  const plan = planFor(context);
  if (dryRun) {
    output.out(formatPlan(plan));
    return;
  }
  // The manager is to forget the old description before it sees the new one.
  if (isInstalled(plan, context.runTool)) for (const old of plan.uninstall) context.runTool(old);
  for (const directory of plan.directories) {
    changeFile(directory, () => {
      mkdirSync(directory, { recursive: true });
    });
  }
  for (const { path, content } of plan.files) {
    changeFile(path, () => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content, { mode: 0o644 });
    });
  }
  for (const command of plan.install) insist(command, context.runTool);
  output.out(
    plan.startsAt === 'once'
      ? `Installed and started${placeOf(plan)}.\n`
      : `Installed for all users${placeOf(plan)}; it starts when a user signs in.\n`,
  );
}

/**
 * Takes the service out. Settings, keys and audit log stay.
 *
 * @throws CliError `service_not_installed`, `service_file_unwritable`, `service_manager_failed`
 */
export function uninstallService(context: ServiceContext): void {
  const plan = planFor(context);
  // What a package has installed, the package takes out.
  if (!isInstalled(plan, context.runTool)) throw new CliError('service_not_installed');
  for (const command of plan.uninstall) context.runTool(command);
  for (const { path } of plan.files) {
    changeFile(path, () => {
      rmSync(path, { force: true });
    });
  }
  for (const command of plan.afterUninstall) insist(command, context.runTool);
  context.output.out(`Removed${placeOf(plan)}. Settings, keys and audit log are still there.\n`);
}

/**
 * Starts or stops the agent.
 *
 * @throws CliError `service_not_installed`, `service_manager_failed`
 */
export function steerService(context: ServiceContext, action: 'start' | 'stop'): void {
  const plan = planFor(context);
  if (!isInstalled(plan, context.runTool) && packagedFile(plan) === undefined) {
    throw new CliError('service_not_installed');
  }
  insist(plan[action], context.runTool);
  context.output.out(action === 'start' ? 'Started.\n' : 'Stopped.\n');
}

/** What is seen of an installed service, or of one that is not. */
export interface ServiceState {
  readonly installed: boolean;
  /** Whether its description is the one that this version would write, or a package's. */
  readonly current: boolean;
  /** Whether it starts by itself. */
  readonly enabled: boolean;
  readonly files: readonly string[];
  /** Whether the service manager has it loaded or running. */
  readonly known: boolean;
  /** The service manager's words, where it was asked. */
  readonly manager?: string;
}

/**
 * Looks at the service; nothing is changed.
 *
 * @throws CliError `service_unsupported`, `service_path_invalid`
 */
export function inspectService(context: Omit<ServiceContext, 'output'>): ServiceState {
  const { runTool } = context;
  const plan = planFor(context);
  const own = isInstalled(plan, runTool);
  const packaged = own ? undefined : packagedFile(plan);
  const files = packaged === undefined ? plan.files.map(({ path }) => path) : [packaged];
  if (!own && packaged === undefined) {
    return { installed: false, current: false, enabled: false, files, known: false };
  }
  const manager = runTool(plan.status);
  return {
    installed: true,
    current: packaged !== undefined || plan.files.every(isAsPlanned),
    enabled: plan.enabled === undefined || runTool(plan.enabled).exitCode === 0,
    files,
    known: manager.exitCode === 0,
    manager: firstLine(manager),
  };
}

/**
 * Tells whether the service is installed, whether its description is the one that this version would
 * write, whether it starts by itself, and what the manager says.
 *
 * @throws ExitWith `notRunning` where it is not installed or the manager does not have it
 */
export function serviceStatus(context: ServiceContext, json: boolean): void {
  const { output } = context;
  const state = inspectService(context);
  output.out(json ? formatJson(state) : formatState(state, printWidth(output.columns)));
  if (!state.known) throw new ExitWith(exitCodes.notRunning);
}

function formatState({ installed, current, enabled, files, manager }: ServiceState, width: number) {
  return formatFields(
    [
      ['installed', installed ? ['yes', ...files].join(', ') : 'no'],
      ...(installed && !current
        ? [['outdated', 'yes; "countersign service install" renews it'] as const]
        : []),
      ...(installed ? [['enabled', enabled ? 'yes' : 'no'] as const] : []),
      ...(manager === undefined ? [] : [['manager', manager] as const]),
    ],
    width,
  );
}

/** Where there are no files, whether the manager has it. */
function isInstalled({ files, status }: ServicePlan, runTool: RunTool): boolean {
  const [first] = files;
  return first === undefined ? runTool(status).exitCode === 0 : existsSync(first.path);
}

/** The file that a package has put there; undefined where none has. */
function packagedFile({ packagedFile: path }: ServicePlan): string | undefined {
  return path !== undefined && existsSync(path) ? path : undefined;
}

function isAsPlanned({ path, content }: ServicePlan['files'][number]): boolean {
  return existsSync(path) && readFileSync(path).equals(content);
}

function placeOf({ files }: ServicePlan): string {
  return files.length === 0 ? '' : ` (${files.map(({ path }) => path).join(', ')})`;
}

function planFor({ platform, request }: Omit<ServiceContext, 'output'>): ServicePlan {
  const texts = [...request.command, request.user.name, ...Object.values(request.directories)];
  if (texts.some((text) => /\p{Cc}/u.test(text))) throw new CliError('service_path_invalid');
  const plan = planService(platform, request);
  if (plan === undefined) throw new CliError('service_unsupported');
  return plan;
}

function insist(command: ToolCommand, runTool: RunTool): void {
  const result = runTool(command);
  if (result.exitCode === 0) return;
  throw new CliError('service_manager_failed', {
    message: `"${command.join(' ')}" failed: ${firstLine(result)}`,
  });
}

function changeFile(path: string, change: () => void): void {
  try {
    change();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CliError('service_file_unwritable', {
      message: `${path} cannot be written or removed (${code}); for all users or the machine this takes an administrator.`,
      cause,
    });
  }
}

function firstLine({ text, exitCode }: ToolResult): string {
  const [line = ''] = text.split('\n');
  return line.trim() === '' ? `exit code ${exitCode ?? 'unknown'}` : line.trim();
}

function formatPlan({ files, install }: ServicePlan): string {
  const texts = files.map(({ path, content }) => {
    const isUtf16 = content[0] === 0xff && content[1] === 0xfe;
    const text = isUtf16 ? content.toString('utf16le').slice(1) : content.toString('utf8');
    return `${path}:\n\n${text}\n`;
  });
  const commands = install.map((command) => `${command.map(printable).join(' ')}\n`);
  return [...texts, ...commands].join('');
}
