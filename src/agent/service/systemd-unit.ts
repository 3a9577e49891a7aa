/** systemd's units: systemd.unit(5), systemd.service(5), systemd.exec(5). */
import {
  machineServiceTitle,
  restartSeconds,
  serviceTitle,
  stopSeconds,
  type ServiceDescription,
} from './service-description.ts';

/** Name of the user manager's unit. */
export const systemdUnitName = 'countersign.service';

/** Name of the system's unit. */
export const systemdMachineUnitName = 'countersign-machine.service';

/** The account of a machine's agent (sysusers.d(5)). */
export const machineAccountFile = `u countersign - "${machineServiceTitle}" /var/lib/countersign
`;

/**
 * Renders the user manager's unit. The sandbox holds what a user's own service manager can grant without user
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

/**
 * Renders the system's unit, under an account of its own. Other than the user's one it sees no home
 * directory and writes to its own directories only. What it leaves open: V8 makes code at run time
 * (no MemoryDenyWriteExecute); whose a connection is stands in /proc/net with the users' own ids (no
 * ProcSubset, no PrivateUsers); TPMs and smart cards are devices (no PrivateDevices, but a list).
 *
 * @param description - the service
 * @param ownExitCode - with which a second machine agent ends: no reason to start it again
 */
export function systemdMachineUnit({ command }: ServiceDescription, ownExitCode: number): string {
  return `[Unit]
Description=${machineServiceTitle}
After=network.target
# What keeps it from starting may pass, such as ports that are taken: keep trying.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${command.map(quote).join(' ')}
User=countersign
Group=countersign
StateDirectory=countersign
StateDirectoryMode=0700
RuntimeDirectory=countersign
RuntimeDirectoryMode=0700
Restart=on-failure
RestartSec=${restartSeconds}
RestartPreventExitStatus=${ownExitCode}
TimeoutStopSec=${stopSeconds}
UMask=0077
LimitCORE=0
AmbientCapabilities=
CapabilityBoundingSet=
DeviceAllow=/dev/tpmrm0 rw
DevicePolicy=closed
LockPersonality=yes
NoNewPrivileges=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
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
