/** A smart card reader in software (vsmartcard's vpcd), served by a pcscd of the test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { findCommand } from './find-command.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import { PivCard, type PivContents } from './piv-card.ts';
import type { Component } from './require-component.ts';
import { freePortPair } from './swtpm-token.ts';

const driver = ['/usr/lib/pcsc/drivers/serial/libifdvpcd.so'].find((file) => existsSync(file));

/** pcscd, for `describeWith`. Its socket has one place on a machine, which is root's. */
export const pcscdComponent: Component = {
  name: 'pcscd, as root, where none is running',
  found: process.getuid?.() === 0 && !isRunning() ? findCommand('pcscd') : undefined,
  howToGet: 'apt-get install pcscd, and run as root',
};

/** The reader, for `describeWith`. */
export const virtualReaderComponent: Component = {
  name: 'a virtual smart card reader',
  found: driver,
  howToGet: 'apt-get install vsmartcard-vpcd',
};

/** OpenSC's module, for `describeWith`. */
export const openScComponent: Component = {
  name: 'OpenSC',
  found: [
    '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so',
    '/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so',
    '/usr/lib64/opensc-pkcs11.so',
  ].find((candidate) => existsSync(candidate)),
  howToGet: 'apt-get install opensc-pkcs11',
};

/** A running reader, empty at first. */
export class CardReader {
  readonly #directory = makeScratchDirectory();
  readonly #port: number;
  readonly #service: ChildProcess;

  private constructor(port: number) {
    this.#port = port;
    const config = path.join(this.#directory, 'readers');
    mkdirSync(config);
    const device = `DEVICENAME /dev/null:0x${port.toString(16)}`;
    writeFileSync(
      path.join(config, 'virtual'),
      `FRIENDLYNAME "Virtual reader"\n${device}\nLIBPATH ${driver ?? ''}\nCHANNELID 1\n`,
    );
    this.#service = spawn(pcscdComponent.found ?? '', ['--foreground', '--config', config], {
      stdio: 'ignore',
    });
  }

  /** Starts the reader. */
  static async start(): Promise<CardReader> {
    return new CardReader(await freePortPair());
  }

  /** Puts a card in, as soon as the reader takes one. */
  async insert(contents: PivContents): Promise<PivCard> {
    const card = new PivCard(this.#port, contents);
    for (;;) {
      try {
        await card.putIn();
        return card;
      } catch (error) {
        if (this.#service.exitCode !== null) throw error;
        await after(50);
      }
    }
  }

  /** Ends the reader. */
  async stop(): Promise<void> {
    if (this.#service.exitCode === null && this.#service.signalCode === null) {
      const exit = once(this.#service, 'exit');
      // It does not end by itself while the reader's driver waits for a card.
      this.#service.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true });
  }
}

function isRunning(): boolean {
  try {
    const pid = Number.parseInt(readFileSync('/run/pcscd/pcscd.pid', 'ascii'), 10);
    return readFileSync(`/proc/${pid}/comm`, 'ascii').trim() === 'pcscd';
  } catch {
    return false;
  }
}
