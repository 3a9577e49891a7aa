/** `countersign service`: hands the agent to the system's own service manager. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  planService,
  type ServicePlan,
  type ServiceRequest,
  type ToolCommand,
} from '../../agent/service/service-plan.ts';
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
  const { path, content } = plan.file;
  if (dryRun) {
    output.out(formatPlan(plan));
    return;
  }
  changeFiles(path, () => {
    // The manager is to forget the old description before it sees the new one.
    if (existsSync(path)) for (const command of plan.uninstall) context.runTool(command);
    for (const directory of [dirname(path), ...plan.directories]) {
      mkdirSync(directory, { recursive: true });
    }
    writeFileSync(path, content, { mode: 0o644 });
  });
  for (const command of plan.install) insist(command, context.runTool);
  output.out(
    plan.startsAt === 'once'
      ? `Installed and started (${path}).\n`
      : `Installed for all users (${path}); it starts when a user signs in.\n`,
  );
}

/**
 * Takes the service out. Settings, keys and audit log stay.
 *
 * @throws CliError `service_not_installed`, `service_file_unwritable`, `service_manager_failed`
 */
export function uninstallService(context: ServiceContext): void {
  const plan = planFor(context);
  const { path } = plan.file;
  requireInstalled(plan);
  for (const command of plan.uninstall) context.runTool(command);
  changeFiles(path, () => {
    rmSync(path);
  });
  for (const command of plan.afterUninstall) insist(command, context.runTool);
  context.output.out(`Removed (${path}). Settings, keys and audit log are still there.\n`);
}

/**
 * Starts or stops this user's agent.
 *
 * @throws CliError `service_not_installed`, `service_manager_failed`
 */
export function steerService(context: ServiceContext, action: 'start' | 'stop'): void {
  const plan = planFor(context);
  requireInstalled(plan);
  insist(plan[action], context.runTool);
  context.output.out(action === 'start' ? 'Started.\n' : 'Stopped.\n');
}

/**
 * Tells whether the service is installed, whether its description is the one that this version would
 * write, and what the manager says.
 *
 * @throws ExitWith `notRunning` where it is not installed or the manager does not have it
 */
export function serviceStatus(context: ServiceContext, json: boolean): void {
  const { output, runTool } = context;
  const plan = planFor(context);
  const { path, content } = plan.file;
  const installed = existsSync(path);
  const current = installed && readFileSync(path).equals(content);
  const manager = installed ? runTool(plan.status) : undefined;
  const known = manager?.exitCode === 0;
  output.out(
    json
      ? formatJson({ installed, current, file: path, known, manager: manager?.text })
      : formatFields(
          [
            ['installed', installed ? `yes, ${path}` : 'no'],
            ...(installed && !current
              ? [['outdated', 'yes; "countersign service install" renews it'] as const]
              : []),
            ...(manager === undefined ? [] : [['manager', firstLine(manager)] as const]),
          ],
          printWidth(output.columns),
        ),
  );
  if (!known) throw new ExitWith(exitCodes.notRunning);
}

function planFor({ platform, request }: ServiceContext): ServicePlan {
  const texts = [...request.command, request.user.name, ...Object.values(request.directories)];
  if (texts.some((text) => /\p{Cc}/u.test(text))) throw new CliError('service_path_invalid');
  const plan = planService(platform, request);
  if (plan === undefined) throw new CliError('service_unsupported');
  return plan;
}

function requireInstalled(plan: ServicePlan): void {
  if (!existsSync(plan.file.path)) throw new CliError('service_not_installed');
}

function insist(command: ToolCommand, runTool: RunTool): void {
  const result = runTool(command);
  if (result.exitCode === 0) return;
  throw new CliError('service_manager_failed', {
    message: `"${command.join(' ')}" failed: ${firstLine(result)}`,
  });
}

function changeFiles(path: string, change: () => void): void {
  try {
    change();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new CliError('service_file_unwritable', {
      message: `${path} cannot be written or removed (${code}); for all users this takes an administrator.`,
      cause,
    });
  }
}

function firstLine({ text, exitCode }: ToolResult): string {
  const [line = ''] = text.split('\n');
  return line.trim() === '' ? `exit code ${exitCode ?? 'unknown'}` : line.trim();
}

function formatPlan({ file, install }: ServicePlan): string {
  const isUtf16 = file.content[0] === 0xff && file.content[1] === 0xfe;
  const text = isUtf16 ? file.content.toString('utf16le').slice(1) : file.content.toString('utf8');
  const commands = install.map((command) => `${command.map(printable).join(' ')}\n`).join('');
  return `${file.path}:\n\n${text}\n${commands}`;
}
