/** launchd: a LaunchAgent of one user or of all, or the machine's LaunchDaemon. */
import { posix } from 'node:path';
import { launchdLabel, launchdMachineLabel, launchdPlist } from './launchd-plist.ts';
import type { ServicePlan, ServiceRequest } from './service-request.ts';

/** Plans the service for launchd. */
export function launchdPlan(request: ServiceRequest): ServicePlan {
  const machine = request.scope === 'machine';
  const everyone = request.scope === 'all-users';
  const label = machine ? launchdMachineLabel : launchdLabel;
  const library =
    request.scope === 'user' ? posix.join(request.directories.home, 'Library') : '/Library';
  const kind = machine ? 'LaunchDaemons' : 'LaunchAgents';
  const path = posix.join(library, kind, `${label}.plist`);
  const logs = posix.join(library, 'Logs', 'Countersign');
  const domain = machine ? 'system' : `gui/${request.user.id ?? 0}`;
  const job = `${domain}/${label}`;
  const logFile = posix.join(logs, machine ? 'machine-agent.log' : 'agent.log');
  const plist = everyone ? launchdPlist(request) : launchdPlist(request, logFile);
  return {
    files: [{ path, content: Buffer.from(plist) }],
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
