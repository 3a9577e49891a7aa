/** What it takes to install and to steer the service on each system: files and commands, nothing done. */
import { posix, win32 } from 'node:path';
import { launchdLabel, launchdPlist } from './launchd-plist.ts';
import { scheduledTask } from './scheduled-task.ts';
import type { ServiceScope } from './service-description.ts';
import { systemdUnit, systemdUnitName } from './systemd-unit.ts';

/** A program to run, with its arguments. */
export type ToolCommand = readonly [program: string, ...args: string[]];

/** For whom and what a service is planned. */
export interface ServiceRequest {
  readonly scope: ServiceScope;
  /** Absolute path of the agent's program, and its arguments. */
  readonly command: readonly string[];
  /** Exit code of an agent that finds another one of its user. */
  readonly alreadyRunningExitCode: number;
  readonly user: {
    /** As the system names the user; on Windows `DOMAIN\name`. */
    readonly name: string;
    /** Undefined on Windows. */
    readonly id: number | undefined;
  };
  readonly directories: {
    readonly home: string;
    /** Where the agent's settings for the machine are, and the user's. */
    readonly machineSettings: string;
    readonly userSettings: string;
  };
}

/** The service on one system. */
export interface ServicePlan {
  /** The one file that describes the service to its manager. */
  readonly file: { readonly path: string; readonly content: Buffer };
  /** Directories that must be there before it starts. */
  readonly directories: readonly string[];
  /** After the file was written; in order. Where one was there before, {@link uninstall} comes first. */
  readonly install: readonly ToolCommand[];
  /** Whether it has started then, or starts when a user signs in. */
  readonly startsAt: 'once' | 'sign_in';
  /** Before the file is removed. That the manager does not know the service any more is no failure. */
  readonly uninstall: readonly ToolCommand[];
  /** After it was removed. */
  readonly afterUninstall: readonly ToolCommand[];
  readonly start: ToolCommand;
  readonly stop: ToolCommand;
  /** Ends with 0 where the service manager has the service loaded or running. */
  readonly status: ToolCommand;
}

/**
 * Plans the service.
 *
 * @param platform - as process.platform
 * @param request - for whom and what
 * @returns undefined where the system has no service manager that is known here
 */
export function planService(
  platform: NodeJS.Platform,
  request: ServiceRequest,
): ServicePlan | undefined {
  switch (platform) {
    case 'linux':
      return systemdPlan(request);
    case 'darwin':
      return launchdPlan(request);
    case 'win32':
      return scheduledTaskPlan(request);
    default:
      return undefined;
  }
}

function systemdPlan(request: ServiceRequest): ServicePlan {
  const everyone = request.scope === 'all-users';
  const directory = everyone
    ? '/etc/systemd/user'
    : posix.join(request.directories.userSettings, '..', 'systemd', 'user');
  const own = ['systemctl', '--user'] as const;
  return {
    file: {
      path: posix.join(directory, systemdUnitName),
      content: Buffer.from(systemdUnit(request, request.alreadyRunningExitCode)),
    },
    directories: [],
    install: everyone
      ? [['systemctl', '--global', 'enable', systemdUnitName]]
      : [
          [...own, 'daemon-reload'],
          [...own, 'enable', '--now', systemdUnitName],
        ],
    startsAt: everyone ? 'sign_in' : 'once',
    uninstall: everyone
      ? [['systemctl', '--global', 'disable', systemdUnitName]]
      : [[...own, 'disable', '--now', systemdUnitName]],
    afterUninstall: everyone ? [] : [[...own, 'daemon-reload']],
    start: [...own, 'start', systemdUnitName],
    stop: [...own, 'stop', systemdUnitName],
    status: [...own, 'is-active', systemdUnitName],
  };
}

function launchdPlan(request: ServiceRequest): ServicePlan {
  const everyone = request.scope === 'all-users';
  const library = everyone ? '/Library' : posix.join(request.directories.home, 'Library');
  const path = posix.join(library, 'LaunchAgents', `${launchdLabel}.plist`);
  const logs = posix.join(library, 'Logs', 'Countersign');
  const domain = `gui/${request.user.id ?? 0}`;
  const job = `${domain}/${launchdLabel}`;
  const plist = everyone
    ? launchdPlist(request)
    : launchdPlist(request, posix.join(logs, 'agent.log'));
  return {
    file: { path, content: Buffer.from(plist) },
    directories: everyone ? [] : [logs],
    install: everyone ? [] : [['launchctl', 'bootstrap', domain, path]],
    startsAt: everyone ? 'sign_in' : 'once',
    uninstall: everyone ? [] : [['launchctl', 'bootout', job]],
    afterUninstall: [],
    start: ['launchctl', 'kickstart', job],
    stop: ['launchctl', 'kill', 'SIGTERM', job],
    status: ['launchctl', 'print', job],
  };
}

function scheduledTaskPlan(request: ServiceRequest): ServicePlan {
  const everyone = request.scope === 'all-users';
  const { machineSettings, userSettings } = request.directories;
  const path = win32.join(everyone ? machineSettings : userSettings, 'agent-task.xml');
  const task = scheduledTask(request, everyone ? undefined : request.user.name);
  const account = request.user.name.replace(/^.*\\/, '');
  const name = everyone ? 'Countersign\\Agent' : `Countersign\\Agent of ${account}`;
  return {
    file: { path, content: Buffer.from(`\uFEFF${task}`, 'utf16le') },
    directories: [],
    install: [
      ['schtasks', '/Create', '/TN', name, '/XML', path, '/F'],
      ...(everyone ? [] : [['schtasks', '/Run', '/TN', name] as const]),
    ],
    startsAt: everyone ? 'sign_in' : 'once',
    uninstall: [['schtasks', '/Delete', '/TN', name, '/F']],
    afterUninstall: [],
    start: ['schtasks', '/Run', '/TN', name],
    stop: ['schtasks', '/End', '/TN', name],
    status: ['schtasks', '/Query', '/TN', name],
  };
}
