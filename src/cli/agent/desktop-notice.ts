/** Shows a notice on the desktop by what each system has for it. */
import type { Notice } from '../../agent/notice/expiry-notice.ts';
import type { ToolCommand } from '../../agent/service/service-request.ts';

/** A program that shows a notice. */
export interface NoticeCommand {
  readonly command: ToolCommand;
  /** Variables that it needs beside the agent's own. */
  readonly env: Readonly<Record<string, string>>;
}

/** The texts come as arguments: text in a script's source would be a script. */
const appleScript = [
  ...['-e', 'on run argv'],
  ...['-e', 'display notification (item 2 of argv) with title (item 1 of argv)'],
  ...['-e', 'end run'],
];

/** The texts come as variables, for the same reason. Windows shows notices of programs it knows only. */
const powerShell = `
$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$template = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $template.GetElementsByTagName('text')
$null = $texts.Item(0).AppendChild($template.CreateTextNode($env:COUNTERSIGN_NOTICE_TITLE))
$null = $texts.Item(1).AppendChild($template.CreateTextNode($env:COUNTERSIGN_NOTICE_BODY))
$program = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$manager::CreateToastNotifier($program).Show([Windows.UI.Notifications.ToastNotification]::new($template))
`;

/**
 * The program that shows a notice.
 *
 * @param platform - as process.platform
 * @returns undefined where the system has none that is known here
 */
export function noticeCommand(
  platform: NodeJS.Platform,
  { title, body }: Notice,
): NoticeCommand | undefined {
  switch (platform) {
    case 'linux':
      // Desktop Notifications Specification: the body may have markup.
      return {
        command: ['notify-send', '--app-name=Countersign', '--', title, escapeMarkup(body)],
        env: {},
      };
    case 'darwin':
      return { command: ['osascript', ...appleScript, '--', title, body], env: {} };
    case 'win32':
      return {
        command: ['powershell.exe', '-NoProfile', '-NonInteractive', '-Command', powerShell],
        env: { COUNTERSIGN_NOTICE_TITLE: title, COUNTERSIGN_NOTICE_BODY: body },
      };
    default:
      return undefined;
  }
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
