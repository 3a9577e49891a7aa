/** Starts the processes that host stores. The only file of the project that starts a process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { channelDescriptor, lifelineDescriptor } from './descriptors.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { logLines } from './stderr-log.ts';
import type { Logger } from '../../core/index.ts';

/** A running child, as the parent sees it. */
export interface HostedChild {
  send(message: unknown): void;
  /** Whether this child alone keeps the program running. */
  keepAlive(keep: boolean): void;
  /** Lets the child finish its work and end. */
  end(): void;
  /** Ends the child at once. */
  kill(): void;
}

/** What a child tells its parent; every child ends with exactly one `onEnd`. */
export interface HostedChildEvents {
  onMessage(message: unknown): void;
  /** @param reason - how the process ended, for people */
  onEnd(reason: string): void;
}

/** Starts a child; replaced by tests of the queue. */
export type ChildStarter = (events: HostedChildEvents) => HostedChild;

/** How long the two signs of a child's end (exit, closed channel) may lie apart. */
const endGraceMs = 200;

/**
 * @param name - of the store, for the log
 * @param logger - where what the child writes to stderr goes
 */
export function nodeChildStarter(name: string, logger: Logger): ChildStarter {
  return (events) => new NodeChild(name, logger, events);
}

class NodeChild implements HostedChild {
  readonly #process: ChildProcess;
  readonly #channel: Socket;
  readonly #lifeline: Socket;
  readonly #events: HostedChildEvents;
  readonly #decoder = new FrameDecoder();
  #reason: string | undefined;
  #exited = false;
  #channelClosed = false;
  #ended = false;

  constructor(name: string, logger: Logger, events: HostedChildEvents) {
    this.#events = events;
    // The child is always the built file: tests that run from src host the same code as users do.
    const entry = createRequire(import.meta.url).resolve('#hosted-store-child');
    this.#process = spawn(process.execPath, ['--max-semi-space-size=1', entry], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#channel = this.#process.stdio[channelDescriptor] as Socket;
    this.#lifeline = this.#process.stdio[lifelineDescriptor] as Socket;
    this.#process.on('error', (error) => {
      this.#reason = `it could not be started: ${error.message}`;
      this.#noteSignOfEnd();
    });
    this.#process.on('exit', (code, signal) => {
      this.#exited = true;
      this.#reason ??= signal ?? `exit code ${String(code)}`;
      this.#noteSignOfEnd();
    });
    this.#channel.on('data', (chunk: Buffer) => {
      this.#receive(chunk);
    });
    this.#channel.on('error', () => undefined);
    this.#channel.on('close', () => {
      this.#channelClosed = true;
      this.#noteSignOfEnd();
    });
    this.#lifeline.on('error', () => undefined);
    if (this.#process.stderr !== null) logLines(this.#process.stderr, name, logger);
    this.#process.unref();
    this.#lifeline.unref();
    (this.#process.stderr as Socket | null)?.unref();
  }

  send(message: unknown): void {
    if (!this.#channel.writable) return;
    // Requests of one turn of the event loop leave in one system call.
    if (this.#channel.writableCorked === 0) {
      this.#channel.cork();
      process.nextTick(() => {
        this.#channel.uncork();
      });
    }
    this.#channel.write(encodeFrame(message));
  }

  keepAlive(keep: boolean): void {
    if (keep) this.#channel.ref();
    else this.#channel.unref();
  }

  end(): void {
    this.#process.ref();
    this.#channel.end();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    let messages: unknown[];
    try {
      messages = this.#decoder.push(chunk);
    } catch {
      this.#reason = 'it wrote what is not a message';
      this.kill();
      return;
    }
    for (const message of messages) this.#events.onMessage(message);
  }

  /** Waits for the second sign, so that every answer that was sent is read and the cause is known. */
  #noteSignOfEnd(): void {
    if (this.#exited && this.#channelClosed) this.#end();
    else {
      setTimeout(() => {
        this.#end();
      }, endGraceMs);
    }
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.kill();
    this.#channel.destroy();
    this.#lifeline.destroy();
    this.#events.onEnd(this.#reason ?? 'it closed its channel');
  }
}
