/** A process of its own that writes into a storage until it is stopped; see storage-writer.mjs. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StorageAddress } from '../../src/server/index.ts';

const program = fileURLToPath(new URL('storage-writer.mjs', import.meta.url));

/** The process. */
export class StorageWriter {
  /** The last number that was acknowledged. */
  acknowledged = 0;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  /** @param length - of each value that it writes */
  constructor(address: StorageAddress, length: number) {
    const args = [program, JSON.stringify(address), String(length)];
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('no standard output');
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** @returns the next line: a number that was acknowledged, or an error's code */
  async next(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the writer ended');
    this.#take(line.value);
    return line.value;
  }

  /** Waits until a number was acknowledged. */
  async until(number: number): Promise<void> {
    while (this.acknowledged < number) await this.next();
  }

  /** Waits for an error. @returns its code */
  async untilError(): Promise<string> {
    for (;;) {
      const line = await this.next();
      if (!isNumber(line)) return line;
    }
  }

  /** Has it try again after an error. */
  goOn(): void {
    this.#child.stdin?.write('\n');
  }

  /** Kills it, and takes in what it had acknowledged until then. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    for (;;) {
      const line = await this.#lines.next();
      if (line.done === true) return;
      this.#take(line.value);
    }
  }

  /** What it says last may be an error: the disk fills up again. */
  #take(line: string): void {
    if (isNumber(line)) this.acknowledged = Number(line);
  }
}

function isNumber(line: string): boolean {
  return /^\d+$/.test(line);
}
