/**
 * A real systemd with a machine of its own around it: mounts, process ids and control groups are its own,
 * and nothing of it is left when it ends. The network is this machine's.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { findCommand } from './find-command.ts';
import type { ProgramResult } from './programs.ts';
import type { Component } from './require-component.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { until } from './until.ts';

const systemd = '/usr/lib/systemd/systemd';

const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Where this checkout is in the sandbox: wherever it lies outside, everybody may read it there. */
const sandboxCheckout = '/run/checkout';

/** @returns the path, within the sandbox, of a file of this checkout */
export function inSandbox(file: string): string {
  return path.join(sandboxCheckout, path.relative(checkout, file));
}

/** systemd, and the right to give it namespaces. */
export const systemdComponents: readonly Component[] = [
  {
    name: 'systemd',
    found: existsSync(systemd) ? systemd : undefined,
    howToGet: 'apt-get install systemd',
  },
  {
    name: 'the right to make namespaces',
    found: process.platform === 'linux' && mayUnshare() ? 'root' : undefined,
    howToGet: 'run as root',
  },
];

function mayUnshare(): boolean {
  if (process.getuid?.() !== 0 || findCommand('unshare') === undefined) return false;
  const script = 'mount --make-rprivate / && mount -t tmpfs tmpfs /run';
  return spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', script]).status === 0;
}

/** A person's account in the sandbox. */
export interface SandboxUser {
  readonly id: number;
  readonly name: string;
  readonly home: string;
}

/** Units that every other one depends on by default; they do nothing. */
const targets = ['default', 'multi-user', 'basic', 'sysinit', 'shutdown', 'network'];

/** The sandbox's machine, before systemd starts; its arguments: group, scratch directory, users, checkout. */
const setUp = `
set -e
group=$1 scratch=$2 users=$3 checkout=$4
mount --make-rprivate /
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$group/init"
echo 0 > "/sys/fs/cgroup/$group/init/cgroup.procs"
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system ${sandboxCheckout}
mount --bind "$checkout" ${sandboxCheckout}
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch/upper" "$scratch/work" "$scratch/units"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$scratch/upper,workdir=$scratch/work" /etc
mount -t tmpfs tmpfs /etc/systemd/system
mount -t tmpfs tmpfs /var/lib
for target in ${targets.join(' ')}; do
  printf '[Unit]\\nDefaultDependencies=no\\n' > "$scratch/units/$target.target"
done
for user in $users; do
  id=\${user#*:}; name=\${user%:*}
  echo "$name:x:$id:$id::/run/home/$name:/bin/sh" >> /etc/passwd
  mkdir -p "/run/home/$name" "/run/user/$id"
  chown "$id:$id" "/run/home/$name" "/run/user/$id"
  chmod 700 "/run/user/$id"
done
`;

const environment = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** A running systemd: the system's, or the manager of one user. */
export class SystemdSandbox {
  readonly #child: ChildProcess;
  readonly #group: string;
  readonly #scratch: string;

  private constructor(child: ChildProcess, group: string, scratch: string) {
    this.#child = child;
    this.#group = group;
    this.#scratch = scratch;
  }

  /** Starts the system's systemd, with no units but what it cannot be without. */
  static system(users: readonly SandboxUser[]): Promise<SystemdSandbox> {
    const start = `exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH="$scratch/units:/etc/systemd/system" ${systemd} --system --unit=default.target --log-target=console`;
    return SystemdSandbox.#start(users, start, '/run/systemd/private');
  }

  /** Starts a user's manager. */
  static user(user: SandboxUser): Promise<SystemdSandbox> {
    const own = `HOME=${user.home} XDG_RUNTIME_DIR=/run/user/${user.id}`;
    const start = `
chown -R ${user.id} "/sys/fs/cgroup/$group"
setpriv --reuid ${user.id} --regid ${user.id} --clear-groups \\
  env -i PATH="$PATH" ${own} SYSTEMD_UNIT_PATH="$scratch/units:${user.home}/.config/systemd/user" \\
  ${systemd} --user --log-target=console &
wait`;
    return SystemdSandbox.#start([user], start, `/run/user/${user.id}/systemd/private`);
  }

  static async #start(
    users: readonly SandboxUser[],
    start: string,
    socket: string,
  ): Promise<SystemdSandbox> {
    const scratch = makeScratchDirectory();
    const group = path.basename(scratch);
    const names = users.map(({ id, name }) => `${name}:${id}`).join(' ');
    const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child'];
    const child = spawn(
      'unshare',
      [
        ...namespaces,
        '--mount-proc',
        'sh',
        '-c',
        `${setUp}${start}`,
        'sh',
        group,
        scratch,
        names,
        checkout,
      ],
      { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => (log += part));
    }
    const sandbox = new SystemdSandbox(child, group, scratch);
    const ready = await until(
      async () => (await sandbox.run(['test', '-S', socket])).exitCode === 0,
    );
    if (ready) return sandbox;
    await sandbox.end();
    throw new Error(`systemd did not start:\n${log}`);
  }

  /** Runs a program in the sandbox to its end, as root or as one of its users. */
  async run(command: readonly string[], user?: SandboxUser, input = ''): Promise<ProgramResult> {
    const init = this.#init();
    if (init === undefined) return { exitCode: null, stdout: '', stderr: 'no sandbox yet' };
    const as =
      user === undefined
        ? []
        : [
            ...['setpriv', '--reuid', String(user.id), '--regid', String(user.id)],
            ...['--clear-groups', 'env', '-i', `PATH=${environment.PATH}`, `HOME=${user.home}`],
            `XDG_RUNTIME_DIR=/run/user/${user.id}`,
          ];
    const child = spawn(
      'nsenter',
      ['--target', init, '--mount', '--pid', '--ipc', '--uts', '--wd=/', ...as, ...command],
      { env: environment, timeout: 30_000 },
    );
    // A program need not read what it is given.
    child.stdin.on('error', () => undefined).end(input);
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, stdout: await stdout, stderr: await stderr };
  }

  /** Writes a file in the sandbox, with the directories that it takes. */
  async write(file: string, content: string, user?: SandboxUser): Promise<void> {
    const script = 'mkdir -p "$(dirname "$1")" && cat > "$1"';
    const { exitCode, stderr } = await this.run(['sh', '-c', script, 'sh', file], user, content);
    if (exitCode !== 0) throw new Error(stderr);
  }

  /** Ends it with all that it runs. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    const init = this.#init();
    // Nothing but this signal ends the first process of a process namespace.
    if (init !== undefined) process.kill(Number(init), 'SIGKILL');
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await ended;
    }
    const script = `mount -t cgroup2 cgroup2 /sys/fs/cgroup
find "/sys/fs/cgroup/$1" -depth -type d -exec rmdir {} ';'
test ! -e "/sys/fs/cgroup/$1"`;
    // A group can go once the last of its processes has been buried.
    await until(() => {
      const command = ['--mount', 'sh', '-c', script, 'sh', this.#group];
      return Promise.resolve(spawnSync('unshare', command).status === 0);
    });
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  /** The id of its first process, as this machine counts. */
  #init(): string | undefined {
    const { pid = 0 } = this.#child;
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    } catch {
      return undefined;
    }
  }
}
