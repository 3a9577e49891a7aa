/** Windows: a task at logon for users, a service for the machine. */
import { win32 } from 'node:path';
import { scheduledTask, usersGroup } from './scheduled-task.ts';
import { machineServiceTitle } from './service-description.ts';
import type { ServicePlan, ServiceRequest, ToolCommand } from './service-request.ts';
import { quoteArgument } from './windows-arguments.ts';

/** Name of the machine's service, and of its source in the event log. */
const windowsServiceName = 'CountersignAgent';

/** Well-known SIDs ([MS-DTYP] section 2.4.2.4). */
const [system, administrators] = ['S-1-5-18', 'S-1-5-32-544'];

/** Where the event log looks for the texts of a source's events. */
const eventSource = `HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\${windowsServiceName}`;

/** A program of Windows whose events 1 to 1000 have the text "%1". */
const eventTexts = '%SystemRoot%\\System32\\EventCreate.exe';

/** Plans the service for Windows. */
export function windowsPlan(request: ServiceRequest): ServicePlan {
  return request.scope === 'machine' ? servicePlan(request) : taskPlan(request);
}

/** The command stands in the service manager's own database, where an administrator alone can change it. */
function servicePlan(request: ServiceRequest): ServicePlan {
  const { serviceHost = '', command } = request;
  const name = windowsServiceName;
  // The host adds the name of its pipe.
  const binary = [serviceHost, name, ...command, '--stop-on-close'].map(quoteArgument).join(' ');
  const failure = 'restart/1000/restart/15000/restart/60000';
  return {
    files: [],
    directories: machineDirectories(request),
    install: [
      ...closeDirectories(request),
      ['sc.exe', 'create', name, 'binPath=', binary, 'start=', 'auto'],
      ['sc.exe', 'description', name, machineServiceTitle],
      ['sc.exe', 'failure', name, 'reset=', '3600', 'actions=', failure],
      ...[
        ['EventMessageFile', 'REG_EXPAND_SZ', eventTexts] as const,
        ['TypesSupported', 'REG_DWORD', '7'] as const,
      ].map(
        ([value, type, data]) =>
          ['reg.exe', 'add', eventSource, '/v', value, '/t', type, '/d', data, '/f'] as const,
      ),
      ['net.exe', 'start', name],
    ],
    startsAt: 'once',
    uninstall: [
      ['net.exe', 'stop', name],
      ['sc.exe', 'delete', name],
      ['reg.exe', 'delete', eventSource, '/f'],
    ],
    afterUninstall: [],
    start: ['net.exe', 'start', name],
    stop: ['net.exe', 'stop', name],
    status: ['sc.exe', 'query', name],
  };
}

/** Where the machine's settings are, and the state of its agent. */
function machineDirectories({ directories: { machineSettings } }: ServiceRequest) {
  return [machineSettings, win32.join(machineSettings, 'Machine')] as const;
}

/**
 * Takes the directories for administrators: owner and access of all that is in them, whoever made it,
 * since below %ProgramData% every user may. Users read the settings, and nothing of the state.
 */
function closeDirectories(request: ServiceRequest): readonly ToolCommand[] {
  const [settings, state] = machineDirectories(request);
  const full = [`*${system}:(OI)(CI)F`, `*${administrators}:(OI)(CI)F`];
  const readers = `*${usersGroup}:(OI)(CI)RX`;
  return [
    ['icacls.exe', settings, '/setowner', `*${administrators}`, '/T', '/Q'],
    ['icacls.exe', settings, '/reset', '/T', '/Q'],
    ['icacls.exe', settings, '/inheritance:r', '/grant:r', ...full, readers, '/Q'],
    ['icacls.exe', state, '/inheritance:r', '/grant:r', ...full, '/Q'],
  ];
}

function taskPlan(request: ServiceRequest): ServicePlan {
  const everyone = request.scope === 'all-users';
  const { machineSettings, userSettings } = request.directories;
  const path = win32.join(everyone ? machineSettings : userSettings, 'agent-task.xml');
  const task = scheduledTask(request, everyone ? undefined : request.user.name);
  const account = request.user.name.replace(/^.*\\/, '');
  const name = everyone ? 'Countersign\\Agent' : `Countersign\\Agent of ${account}`;
  return {
    files: [{ path, content: Buffer.from(`\uFEFF${task}`, 'utf16le') }],
    directories: everyone ? machineDirectories(request) : [],
    install: [
      ...(everyone ? closeDirectories(request) : []),
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
