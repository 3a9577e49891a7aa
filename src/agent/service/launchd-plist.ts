/** launchd's property list: launchd.plist(5). */
import { escapeXml } from './escape-xml.ts';
import { restartSeconds, stopSeconds, type ServiceDescription } from './service-description.ts';

/** The agent's files are its user's alone. */
const umask = 0o077;

/** Label of the job. */
export const launchdLabel = 'countersign.agent';

/**
 * Renders the property list of a LaunchAgent, which runs in a user's graphical session: there alone the
 * login keychain is open.
 *
 * @param description - the service
 * @param logFile - absolute path for what the agent logs; undefined where the list serves all users,
 *   since launchd has no path that differs by user
 */
export function launchdPlist({ command }: ServiceDescription, logFile?: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${launchdLabel}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((argument) => `    <string>${escapeXml(argument)}</string>`).join('\n')}
  </array>
  <key>LimitLoadToSessionType</key>
  <string>Aqua</string>
  <key>RunAtLoad</key>
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

function logEntry(logFile: string): string {
  return `  <key>StandardErrorPath</key>
  <string>${escapeXml(logFile)}</string>
`;
}
