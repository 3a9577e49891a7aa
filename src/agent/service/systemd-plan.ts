/** systemd: a unit of the user manager, or one of the system's own. */
import { posix } from 'node:path';
import type { ServicePlan, ServiceRequest } from './service-request.ts';
import {
  machineAccountFile,
  systemdMachineUnit,
  systemdMachineUnitName,
  systemdUnit,
  systemdUnitName,
} from './systemd-unit.ts';

/** Plans the service for systemd. */
export function systemdPlan(request: ServiceRequest): ServicePlan {
  if (request.scope === 'machine') return machinePlan(request);
  const everyone = request.scope === 'all-users';
  const directory = everyone
    ? '/etc/systemd/user'
    : posix.join(request.directories.userSettings, '..', 'systemd', 'user');
  const own = ['systemctl', '--user'] as const;
  return {
    files: [
      {
        path: posix.join(directory, systemdUnitName),
        content: Buffer.from(systemdUnit(request, request.alreadyRunningExitCode)),
      },
    ],
    ...(everyone ? { packagedFile: `/usr/lib/systemd/user/${systemdUnitName}` } : {}),
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
    enabled: everyone
      ? ['systemctl', '--global', 'is-enabled', systemdUnitName]
      : [...own, 'is-enabled', systemdUnitName],
  };
}

function machinePlan(request: ServiceRequest): ServicePlan {
  const account = '/etc/sysusers.d/countersign.conf';
  return {
    files: [
      {
        path: posix.join('/etc/systemd/system', systemdMachineUnitName),
        content: Buffer.from(systemdMachineUnit(request, request.alreadyRunningExitCode)),
      },
      { path: account, content: Buffer.from(machineAccountFile) },
    ],
    packagedFile: `/usr/lib/systemd/system/${systemdMachineUnitName}`,
    directories: [],
    install: [
      ['systemd-sysusers', account],
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', '--now', systemdMachineUnitName],
    ],
    startsAt: 'once',
    uninstall: [['systemctl', 'disable', '--now', systemdMachineUnitName]],
    afterUninstall: [['systemctl', 'daemon-reload']],
    start: ['systemctl', 'start', systemdMachineUnitName],
    stop: ['systemctl', 'stop', systemdMachineUnitName],
    status: ['systemctl', 'is-active', systemdMachineUnitName],
    enabled: ['systemctl', 'is-enabled', systemdMachineUnitName],
  };
}
