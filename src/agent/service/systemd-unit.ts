/** systemd's user unit: systemd.unit(5), systemd.service(5), systemd.exec(5). */
import {
  restartSeconds,
  serviceTitle,
  stopSeconds,
  type ServiceDescription,
} from './service-description.ts';

/** Name of the unit. */
export const systemdUnitName = 'countersign.service';

/**
 * Renders the unit. The sandbox holds what a user's own service manager can grant without user
 * namespaces, which some distributions forbid: a unit that asked for more would not start there.
 * V8 makes code at run time, so memory may be both written and executed; PKCS#11 modules and their
 * daemons decide which files and devices are needed, so the file system is not narrowed.
 *
 * @param description - the service
 * @param ownExitCode - with which a second agent of a user ends: no reason to start it again
 */
export function systemdUnit({ command }: ServiceDescription, ownExitCode: number): string {
  return `[Unit]
Description=${serviceTitle}
# What keeps it from starting may pass, such as ports that are taken: keep trying.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${command.map(quote).join(' ')}
Restart=on-failure
RestartSec=${restartSeconds}
RestartPreventExitStatus=${ownExitCode}
TimeoutStopSec=${stopSeconds}
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

[Install]
WantedBy=default.target
`;
}

/** An argument as ExecStart takes it: no variable, no specifier, no escape is left in it. */
function quote(argument: string): string {
  const escaped = argument
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$');
  return `"${escaped}"`;
}
