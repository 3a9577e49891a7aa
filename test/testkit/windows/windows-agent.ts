/** `countersign run` inside Windows, or Wine. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programsComponent, type TestAgentOptions } from '../programs.ts';
import { makeScratchDirectory } from '../scratch-directory.ts';
import { windowsPath, type WindowsHost } from './windows-host.ts';

const startTimeoutMs = 60_000;

/** The agent's program, beside a host whose stores and keys it uses. */
export class WindowsAgent {
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts the agent and waits until it listens. */
  static async start(host: WindowsHost, options: TestAgentOptions): Promise<WindowsAgent> {
    const directory = makeScratchDirectory();
    const settings = {
      ...options,
      stateDirectory: windowsPath(path.join(directory, 'state')),
      auditLog: windowsPath(path.join(directory, 'audit.jsonl')),
    };
    const file = path.join(directory, 'agent.json');
    writeFileSync(file, JSON.stringify(settings));
    const program = windowsPath(programsComponent.found ?? '');
    const args = [program, 'run', '--config', windowsPath(file)];
    const agent = new WindowsAgent(
      directory,
      host.startProgram(args, path.join(directory, 'agent.log')),
    );
    await agent.#untilListening();
    return agent;
  }

  get log(): string {
    return readFileSync(path.join(this.#directory, 'agent.log'), 'utf8');
  }

  /** Ends it and removes its files. */
  async remove(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Its output goes to a file, so there is no event to wait for. */
  async #untilListening(): Promise<void> {
    const deadline = Date.now() + startTimeoutMs;
    while (!/^listening on /m.test(this.log)) {
      if (Date.now() > deadline || this.#child.exitCode !== null) {
        throw new Error(`the agent did not start:\n${this.log}`);
      }
      await delay(100);
    }
  }
}
