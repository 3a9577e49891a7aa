/**
 * A resource manager before a TPM (tpm2-abrmd), as the kernel's /dev/tpmrm0 is one: it makes room in the
 * TPM, which holds three objects at a time, by moving out what nobody is using. It is spoken to over a
 * D-Bus of its own.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findCommand } from './find-command.ts';
import { isListening } from './is-listening.ts';
import type { Component } from './require-component.ts';

const run = promisify(execFile);
const busName = 'com.intel.tss2.Tabrmd';

/** tpm2-abrmd, for `describeWith`. */
export const tpm2AbrmdComponent: Component = {
  name: 'tpm2-abrmd',
  found: ['/usr/sbin/tpm2-abrmd', '/usr/bin/tpm2-abrmd'].find((file) => existsSync(file)),
  howToGet: 'apt-get install tpm2-abrmd',
};

/** What speaks to tpm2-abrmd, for `describeWith`. */
export const tabrmdTctiComponent: Component = {
  name: 'the TCTI of tpm2-abrmd',
  found: [
    '/usr/lib/x86_64-linux-gnu/libtss2-tcti-tabrmd.so.0',
    '/usr/lib/aarch64-linux-gnu/libtss2-tcti-tabrmd.so.0',
    '/usr/lib64/libtss2-tcti-tabrmd.so.0',
  ].find((file) => existsSync(file)),
  howToGet: 'apt-get install libtss2-tcti-tabrmd0',
};

/** A D-Bus daemon and the tool that asks it, for `describeWith`. */
export const dbusComponent: Component = {
  name: 'D-Bus',
  found: findCommand('dbus-send') === undefined ? undefined : findCommand('dbus-daemon'),
  howToGet: 'apt-get install dbus-daemon dbus-bin',
};

/** A running resource manager. */
export class TpmResourceManager {
  /** How the TPM software stack reaches it, with {@link TpmResourceManager.busAddress}. */
  readonly tcti = 'tabrmd:bus_type=session';
  /** For DBUS_SESSION_BUS_ADDRESS. */
  readonly busAddress: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(directory: string) {
    this.busAddress = `unix:path=${path.join(directory, 'bus')}`;
  }

  /**
   * Starts it.
   *
   * @param tcti - how it reaches the TPM
   * @param directory - for its bus's socket
   */
  static async start(tcti: string, directory: string): Promise<TpmResourceManager> {
    const manager = new TpmResourceManager(directory);
    try {
      const address = `--address=${manager.busAddress}`;
      manager.#spawn(dbusComponent.found ?? '', ['--session', '--nofork', '--nopidfile', address]);
      // The socket is there before anybody listens at it.
      while (!(await isListening(path.join(directory, 'bus')))) await manager.#wait();
      const root = process.getuid?.() === 0 ? ['--allow-root'] : [];
      const options = ['--session', `--tcti=${tcti}`, `--dbus-name=${busName}`, '--flush-all'];
      manager.#spawn(tpm2AbrmdComponent.found ?? '', [...options, '--max-transients=100', ...root]);
      while (!(await manager.#isOnBus())) await manager.#wait();
      return manager;
    } catch (error) {
      await manager.stop();
      throw error;
    }
  }

  /** Ends it. */
  async stop(): Promise<void> {
    for (const child of this.#processes.splice(0).reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }

  #spawn(command: string, options: readonly string[]): void {
    const env = { ...process.env, DBUS_SESSION_BUS_ADDRESS: this.busAddress };
    this.#processes.push(spawn(command, options, { env, stdio: 'ignore' }));
  }

  async #wait(): Promise<void> {
    if (this.#processes.some(({ exitCode }) => exitCode !== null)) {
      throw new Error('the TPM’s resource manager or its bus ended as it started');
    }
    await after(20);
  }

  async #isOnBus(): Promise<boolean> {
    const bus = ['--dest=org.freedesktop.DBus', '/org/freedesktop/DBus'];
    const question = ['org.freedesktop.DBus.NameHasOwner', `string:${busName}`];
    const { stdout } = await run('dbus-send', [
      `--bus=${this.busAddress}`,
      ...['--print-reply', ...bus, ...question],
    ]);
    return stdout.includes('boolean true');
  }
}
