/** launchd's property list: launchd.plist(5). */
import { escapeXml } from './escape-xml.ts';
import { restartSeconds, stopSeconds, type ServiceDescription } from './service-description.ts';

/** The agent's files are its user's alone. */
const umask = 0o077;

/** Label of a user's job. */
export const launchdLabel = 'countersign.agent';

/** Label of the machine's job. */
export const launchdMachineLabel = 'countersign.machine-agent';

/**
 * Renders the property list: of a LaunchAgent, which runs in a user's graphical session, since there alone
 * the login keychain is open; or of the machine's LaunchDaemon, which runs as root, since to root alone the
 * System keychain gives its keys.
 *
 * @param description - the service
 * @param logFile - absolute path for what the agent logs; undefined where the list serves all users,
 *   since launchd has no path that differs by user
 */
export function launchdPlist({ scope, command }: ServiceDescription, logFile?: string): string {
  const machine = scope === 'machine';
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${machine ? launchdMachineLabel : launchdLabel}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((argument) => `    <string>${escapeXml(argument)}</string>`).join('\n')}
  </array>
${machine ? '' : sessionEntry}  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>${restartSeconds}</integer>
  <key>ExitTimeOut</key>
  <integer>${stopSeconds}</integer>
  <key>ProcessType</key>
  <string>Background</string>
  <key>Umask</key>
  <integer>${umask}</integer>
${logFile === undefined ? '' : logEntry(logFile)}</dict>
</plist>
`;
}

const sessionEntry = `  <key>LimitLoadToSessionType</key>
  <string>Aqua</string>
`;

function logEntry(logFile: string): string {
  return `  <key>StandardErrorPath</key>
  <string>${escapeXml(logFile)}</string>
`;
}
