/** Windows: a task that starts at logon, [MS-TSCH] §2.5 (the task definition's schema, version 1.2). */
import { escapeXml } from './escape-xml.ts';
import { quoteArgument } from './windows-arguments.ts';
import { serviceTitle, type ServiceDescription } from './service-description.ts';

/** Node is a console program: without a console that has no window it would open one at each sign-in. */
const consoleHost = '%SystemRoot%\\System32\\conhost.exe';

/** Well-known SID of the group Users ([MS-DTYP] §2.4.2.4). */
export const usersGroup = 'S-1-5-32-545';

/**
 * Renders the task. It runs with the user's own token at normal rights: only there are the keys of the
 * user's store open.
 *
 * @param description - the service
 * @param userName - `DOMAIN\name` of the user; undefined where the task serves all of them
 * @returns the document, to be written in UTF-16 with a byte order mark
 */
export function scheduledTask({ command }: ServiceDescription, userName?: string): string {
  const user = userName === undefined ? undefined : `<UserId>${escapeXml(userName)}</UserId>`;
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>${serviceTitle}</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>${user === undefined ? '' : `\n      ${user}`}
    </LogonTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      ${user === undefined ? `<GroupId>${usersGroup}</GroupId>` : `${user}\n      <LogonType>InteractiveToken</LogonType>`}
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>${user === undefined ? 'Parallel' : 'IgnoreNew'}</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <StartWhenAvailable>true</StartWhenAvailable>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Enabled>true</Enabled>
    <Hidden>false</Hidden>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <WakeToRun>false</WakeToRun>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>7</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${consoleHost}</Command>
      <Arguments>--headless ${escapeXml(command.map(quoteArgument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}
