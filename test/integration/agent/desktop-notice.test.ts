/** A notice on a real session bus, with a receiver that speaks the notification specification. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { expect, it } from 'vitest';
import { noticeCommand } from '../../../src/cli/agent/desktop-notice.ts';
import { commandComponent } from '../../testkit/command-component.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

const module = '/usr/lib/python3/dist-packages/dbusmock';
const receiver: Component = {
  name: 'a notification receiver',
  found: existsSync(module) ? '/usr/bin/python3' : undefined,
  howToGet: 'apt-get install python3-dbusmock',
};

/** Waits for the receiver's name on the bus, then runs the arguments after the first two. */
const script = `
"$1" -m dbusmock --template notification_daemon --logfile "$2" & receiver=$!
shift 2
"$@"; code=$?
kill $receiver
exit $code`;

const components = [
  commandComponent('dbus-run-session', 'dbus-daemon'),
  commandComponent('notify-send', 'libnotify-bin'),
  commandComponent('gdbus', 'libglib2.0-bin'),
  receiver,
];

describeWith('a notice on a desktop', components, ([, , , python = '']) => {
  it('arrives with its text as it is, and no markup but its own', async () => {
    const log = path.join(scratchDirectory(), 'received');
    const notice = { title: '-t $(id)', body: 'CN=<b>"x"</b> & `id`' };
    const { command } = noticeCommand('linux', notice) ?? { command: [''] };
    const wait = ['gdbus', 'wait', '--session', '--timeout=20', 'org.freedesktop.Notifications'];
    const both = `${wait.join(' ')} && exec "$@"`;
    const child = spawn(
      'dbus-run-session',
      ['--', 'sh', '-c', script, 'sh', python, log, 'sh', '-c', both, 'sh', ...command],
      { stdio: 'ignore' },
    );
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(readFileSync(log, 'utf8')).toContain(
      'Notify "Countersign" 0 "" "-t $(id)" "CN=&lt;b&gt;"x"&lt;/b&gt; &amp; `id`"',
    );
  });
});
