/**
 * This very system, to install packages into: its files seen through a layer of their own (overlayfs),
 * with a network of their own. What is done there is gone with it.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findCommand } from '../find-command.ts';
import { makeScratchDirectory } from '../make-scratch-directory.ts';
import type { Component } from '../require-component.ts';

const setUp = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/merged"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/merged"
mount -t proc proc "$1/merged/proc"
mount --bind /dev "$1/merged/dev"
mount -t tmpfs tmpfs "$1/merged/run"
mount -t tmpfs tmpfs "$1/merged/tmp"
ip link set lo up
`;

const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', 'sh', '-c'];

/** What it takes. */
export const scratchSystemComponent: Component = {
  name: 'the right to lay a file system over this one',
  found: mayOverlay() ? 'root' : undefined,
  howToGet: 'run as root, outside of containers that forbid it',
};

function mayOverlay(): boolean {
  if (process.getuid?.() !== 0 || findCommand('unshare') === undefined) return false;
  const scratch = makeScratchDirectory();
  try {
    const args = [...namespaces, setUp, 'sh', scratch];
    return spawnSync('unshare', args, { stdio: 'ignore' }).status === 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** How a program ended in the system. */
export interface ScratchRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** See the top of this file. */
export class ScratchSystem {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #pid: string;

  private constructor(child: ChildProcess, directory: string, pid: string) {
    this.#child = child;
    this.#directory = directory;
    this.#pid = pid;
  }

  /** Starts one; {@link stop} ends it. */
  static async start(): Promise<ScratchSystem> {
    const directory = makeScratchDirectory();
    const child = spawn(
      'unshare',
      [...namespaces, `${setUp}echo ready\nread -r end || :`, 'sh', directory],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const [text] = (await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'close').then(() => ['it ended']),
    ])) as [Buffer | string];
    if (text.toString() !== 'ready\n') throw new Error(`The system did not start: ${String(text)}`);
    const pid = spawnSync('cat', [`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`], {
      encoding: 'utf8',
    }).stdout.trim();
    return new ScratchSystem(child, directory, pid);
  }

  /** The command that starts a program in the system, for those who talk to it while it runs. */
  command(command: readonly string[]): readonly [string, ...string[]] {
    const merged = path.join(this.#directory, 'merged');
    const enter = ['--mount', '--net', '--pid', '--target', this.#pid];
    return ['nsenter', ...enter, '--', 'chroot', merged, ...command];
  }

  /** Runs a program in the system to its end, as root, with nothing of this process's environment. */
  run(...command: readonly string[]): ScratchRun {
    const [program, ...args] = this.command(command);
    const result = spawnSync(program, args, { encoding: 'utf8', env: systemEnvironment });
    if (result.error !== undefined) throw result.error;
    return { exitCode: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  /** Runs a program that must end with 0. */
  succeed(...command: readonly string[]): string {
    const { exitCode, stdout, stderr } = this.run(...command);
    if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Copies a file in. */
  copyIn(file: string, destination: string): void {
    copyFileSync(file, path.join(this.#inside('merged'), destination));
  }

  /** Files that are other than in this system, or gone: absolute paths, sorted. */
  changedFiles(): readonly string[] {
    const upper = this.#inside('upper');
    return readdirSync(upper, { recursive: true, encoding: 'utf8' })
      .filter((file) => !lstatSync(path.join(upper, file)).isDirectory())
      .map((file) => `/${file}`)
      .sort();
  }

  #inside(layer: string): string {
    return path.join(`/proc/${this.#pid}/root`, this.#directory, layer);
  }

  /** Ends everything in it. */
  async stop(): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** As a person's shell has it. */
export const systemEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
};
