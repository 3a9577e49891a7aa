/**
 * A smart card reader in software (vsmartcard's vpcd), served by a pcscd of the test's own: it listens
 * where nobody else's does, so that suites with a reader each run beside one another.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { commandComponent } from './command-component.ts';
import { findCommand } from './find-command.ts';
import { freePortPair } from './free-ports.ts';
import { makeScratchDirectory } from './make-scratch-directory.ts';
import type { PivCard } from './piv-card.ts';
import type { Component } from './require-component.ts';

const driver = ['/usr/lib/pcsc/drivers/serial/libifdvpcd.so'].find((file) => existsSync(file));

/** What pcscd makes where it is not there, and writes its process id into where it may. */
const stateDirectory = '/run/pcscd';

/** pcscd, for `describeWith`. As root it would write over the process id of a machine's own. */
export const pcscdComponent: Component = {
  name: 'pcscd, as root where none is running, or as a user where it has been set up',
  found: mayRun() ? findCommand('pcscd') : undefined,
  howToGet: 'apt-get install pcscd',
};

/** What gives pcscd its socket, for `describeWith`. */
export const socketActivateComponent = commandComponent('systemd-socket-activate', 'systemd');

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

/** All that a smart card in OpenSC takes, OpenSC first. */
export const cardComponents: readonly Component[] = [
  openScComponent,
  pcscdComponent,
  socketActivateComponent,
  virtualReaderComponent,
];

/** A running reader, empty at first. */
export class CardReader {
  readonly #directory: string;
  readonly #service: ChildProcess;
  readonly #slot: CardSlot;

  private constructor(directory: string, service: ChildProcess, slot: CardSlot) {
    this.#directory = directory;
    this.#service = service;
    this.#slot = slot;
  }

  /** Starts the reader, and points the processes that this one starts at it. */
  static async start(): Promise<CardReader> {
    const directory = makeScratchDirectory();
    // The driver has two slots, at ports beside each other.
    const port = await freePortPair();
    const config = path.join(directory, 'readers');
    const socket = path.join(directory, 'pcscd.comm');
    mkdirSync(config);
    writeFileSync(
      path.join(config, 'virtual'),
      [
        'FRIENDLYNAME "Virtual reader"',
        `DEVICENAME /dev/null:0x${port.toString(16)}`,
        `LIBPATH ${driver ?? ''}`,
        'CHANNELID 1\n',
      ].join('\n'),
    );
    const service = spawn(
      socketActivateComponent.found ?? '',
      [`--listen=${socket}`, ...[pcscdComponent.found ?? '', '--foreground', '--config', config]],
      { stdio: 'ignore' },
    );
    const reader = new CardReader(directory, service, new CardSlot(port));
    // pcscd starts with the first connection.
    await reader.#onceItListens(() => knock(socket));
    await reader.#onceItListens(() => reader.remove());
    process.env['PCSCLITE_CSOCK_NAME'] = socket;
    return reader;
  }

  /** Puts a card in. @returns when the service knows of it */
  async insert(card: PivCard): Promise<void> {
    await this.#slot.insert(card);
  }

  /** Takes the card out. @returns when the service knows of it */
  async remove(): Promise<void> {
    await this.#slot.remove();
  }

  /** Ends the reader. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      const exit = once(this.#service, 'exit');
      // It does not end by itself while the reader's driver waits for an answer.
      this.#service.kill('SIGKILL');
      await exit;
    }
    rmSync(this.#directory, { recursive: true });
  }

  get #hasEnded(): boolean {
    return this.#service.exitCode !== null || this.#service.signalCode !== null;
  }

  /** Tries again what fails, until it does not, or until the service has ended. */
  async #onceItListens(action: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await action();
        return;
      } catch (error) {
        if (this.#hasEnded) throw error;
        await after(20);
      }
    }
  }
}

async function knock(socketPath: string): Promise<void> {
  const socket = connect(socketPath);
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

/** What the driver asks beside APDUs, in messages of one octet. */
const control = { off: 0, on: 1, reset: 2, answerToReset: 4 } as const;

/**
 * What goes into the reader's slot: a connection to its driver is a card. About three times a second the
 * driver looks whether one is there, and asks it for its answer to reset. A card whose connection has
 * ended it misses at its next look, and takes what connected meanwhile for a card only at a later one.
 */
class CardSlot {
  readonly #port: number;
  #connection: Socket | undefined;
  #powered = false;
  /** Called at the next look. */
  #onLook: () => void = () => undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws Error where nothing listens there */
  async insert(card: PivCard): Promise<void> {
    card.reset();
    this.#connection = await this.#connect((message) => this.#answer(card, message));
    // A new card gets power before the service says that there is one, and at the next look it has.
    while (!this.#powered) await this.#look();
    await this.#look();
  }

  async remove(): Promise<void> {
    this.#connection?.destroy();
    this.#powered = false;
    // Without a look at an empty slot, the next card would be taken for this one. The second look shows
    // that what came of the first has reached all who use the reader.
    for (let look = 1; look <= 2; look++) {
      const looked = this.#look();
      const nothing = await this.#connect(() => undefined);
      await looked;
      nothing.destroy();
    }
  }

  /** @param answer - what a card says to a message; undefined where it says nothing */
  async #connect(answer: (message: Buffer) => Buffer | undefined): Promise<Socket> {
    const connection = connect(this.#port, '127.0.0.1');
    await once(connection, 'connect');
    connection.setNoDelay();
    // It goes when the service is killed.
    connection.on('error', () => undefined);
    const messages = new DriverMessages(connection);
    connection.on('data', (chunk: Buffer) => {
      for (const message of messages.read(chunk)) {
        const said = answer(message);
        if (said !== undefined) messages.answer(said);
        if (message.length === 1 && message[0] === control.answerToReset) this.#onLook();
      }
    });
    return connection;
  }

  #look(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLook = resolve;
    });
  }

  #answer(card: PivCard, message: Buffer): Buffer | undefined {
    if (message.length > 1) return card.command(message);
    if (message[0] === control.answerToReset) return card.answerToReset;
    card.reset();
    this.#powered = message[0] !== control.off;
    return undefined;
  }
}

/**
 * The driver's messages, each with its length before it in two octets. The driver sends the length by
 * itself, so that its kernel keeps the rest back until the length is acknowledged; this side's puts that
 * off for 40 ms unless there is something to send. There is: the first octet of the answer's length.
 */
class DriverMessages {
  readonly #connection: Socket;
  #received: Buffer = Buffer.alloc(0);
  #hasBegunAnswer = false;

  constructor(connection: Socket) {
    this.#connection = connection;
  }

  *read(chunk: Buffer): Generator<Buffer> {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 2) {
      const length = this.#received.readUInt16BE();
      if (this.#received.length < 2 + length) {
        if (length > 1) this.#beginAnswer();
        return;
      }
      const message = this.#received.subarray(2, 2 + length);
      this.#received = this.#received.subarray(2 + length);
      yield message;
    }
  }

  /** @param message - of less than 256 octets */
  answer(message: Buffer): void {
    this.#beginAnswer();
    this.#connection.write(Buffer.concat([Buffer.of(message.length), message]));
    this.#hasBegunAnswer = false;
  }

  #beginAnswer(): void {
    if (!this.#hasBegunAnswer) this.#connection.write(Buffer.of(0));
    this.#hasBegunAnswer = true;
  }
}

function mayRun(): boolean {
  if (process.platform !== 'linux') return false;
  if (process.getuid?.() !== 0) return existsSync(stateDirectory);
  return !readFileSync('/proc/net/unix', 'ascii').includes(` ${stateDirectory}/pcscd.comm\n`);
}
