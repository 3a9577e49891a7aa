/** The two real programs, as the build has made them, each in directories of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-ports.ts';
import type { Component } from './require-component.ts';
import { makeScratchDirectory } from './scratch-directory.ts';
import { wholeLines } from './whole-lines.ts';

const agentProgram = built('countersign.js');
/** The server's program. */
export const serverProgram = built('countersign-server.js');

/** The built programs, for `describeWith`. */
export const programsComponent: Component = {
  name: 'the build',
  found: existsSync(agentProgram) && existsSync(serverProgram) ? agentProgram : undefined,
  howToGet: 'npm run build',
};

function built(program: string): string {
  return fileURLToPath(new URL(`../../dist/cli/${program}`, import.meta.url));
}

/** What a program that has ended left behind. */
export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the server's program to its end. */
export function runServerCommand(...args: readonly string[]): ProgramResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [serverProgram, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { exitCode: status, stdout, stderr };
}

const startTimeout = 60_000;

/** A program that is running. */
class RunningProgram {
  /** Everything it has written, both streams. */
  log = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  private constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [program, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', resolve);
    });
  }

  /** Starts a program and waits until it says that it listens. */
  static async start(
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<RunningProgram> {
    const running = new RunningProgram(program, args, env);
    await running.#untilListening();
    return running;
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Stops it as a service manager would. @returns its exit code */
  stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  /** Ends it without a chance to clean up. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #untilListening(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`the program did not start in time:\n${this.log}`));
      }, startTimeout);
      this.#child.stdout?.on('data', () => {
        if (!/^listening on /m.test(this.log)) return;
        clearTimeout(timer);
        resolve();
      });
      void this.#ended.then(() => {
        clearTimeout(timer);
        reject(new Error(`the program ended:\n${this.log}`));
      });
    });
  }
}

/** Settings of {@link TestServer}. */
export interface TestServerOptions {
  /** PEM of the certificate authorities that it trusts. */
  readonly authorities: readonly string[];
  /** Where pages look for the agent. */
  readonly loopbackPorts: readonly number[];
  /** Further settings, as its settings file has them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** What browsers call this machine; passkeys are bound to a name, never to an address. */
  readonly hostName?: '127.0.0.1' | 'localhost';
}

/** `countersign-server run --demo` with a data directory of its own. */
export class TestServer {
  /** Its issuer URL. */
  readonly origin: string;
  readonly dataDirectory: string;
  readonly port: number;
  readonly #directory: string;
  #program: RunningProgram | undefined;

  private constructor(directory: string, hostName: string, port: number) {
    this.#directory = directory;
    this.port = port;
    this.dataDirectory = path.join(directory, 'data');
    this.origin = `http://${hostName}:${port}`;
  }

  /** Gives a new server its authorities and starts it. */
  static async start({
    authorities,
    loopbackPorts,
    settings,
    hostName = '127.0.0.1',
  }: TestServerOptions): Promise<TestServer> {
    const [port = 0] = await freePorts(1);
    const server = new TestServer(makeScratchDirectory(), hostName, port);
    const own = { issuer: server.origin, loopbackPorts };
    writeFileSync(server.#settingsFile, JSON.stringify({ ...own, ...settings }));
    for (const pem of authorities) server.addAuthority(pem);
    await server.restart();
    return server;
  }

  /** The demonstration's sign-in page. */
  get page(): string {
    return `${this.origin}/demo/`;
  }

  get log(): string {
    return this.#program?.log ?? '';
  }

  get processId(): number {
    return this.#program?.processId ?? 0;
  }

  /** Runs another command with the server's settings. Throws where it fails. */
  command(...args: readonly string[]): string {
    const settings = ['--config', this.#settingsFile, '--data-dir', this.dataDirectory];
    const result = runServerCommand(...args, ...settings);
    if (result.exitCode !== 0) throw new Error(`${args.join(' ')} failed:\n${result.stderr}`);
    return result.stdout;
  }

  /** Has it trust a certificate authority. */
  addAuthority(pem: string): void {
    const file = path.join(this.#directory, 'authority.pem');
    writeFileSync(file, pem);
    this.command('ca', 'add', file);
  }

  /** Starts it (again), at the same address. */
  async restart(): Promise<void> {
    this.#program = await RunningProgram.start(serverProgram, [
      ...['run', '--demo', '--config', this.#settingsFile, '--data-dir', this.dataDirectory],
      ...['--listen', `127.0.0.1:${this.port}`],
    ]);
  }

  /** Stops it. @returns its exit code */
  async stop(): Promise<number | null | undefined> {
    return this.#program?.stop();
  }

  async kill(): Promise<void> {
    await this.#program?.kill();
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #settingsFile(): string {
    return path.join(this.#directory, 'server.json');
  }
}

/** Settings of {@link TestAgent}, as its settings file has them. */
export interface TestAgentOptions {
  readonly servers: readonly { readonly issuer: string; readonly origins: readonly string[] }[];
  readonly ports: readonly number[];
  /** The file store of the agent's own {@link TestAgent.keyDirectory} unless told. */
  readonly stores?: readonly { readonly uri: string; readonly pinFile?: string }[];
}

/** `countersign run` with directories of its own. */
export class TestAgent {
  /** The directory of its file store, where no other store is named. */
  readonly keyDirectory: string;
  readonly #directory: string;
  #program: RunningProgram | undefined;

  private constructor(directory: string) {
    this.#directory = directory;
    this.keyDirectory = path.join(directory, 'keys');
  }

  /** Starts an agent. */
  static async start(options: TestAgentOptions): Promise<TestAgent> {
    const agent = new TestAgent(makeScratchDirectory());
    mkdirSync(agent.keyDirectory, { mode: 0o700 });
    const settings = {
      stores: [{ uri: `file:${agent.keyDirectory}` }],
      ...options,
      stateDirectory: path.join(agent.#directory, 'state'),
      auditLog: path.join(agent.#directory, 'audit.jsonl'),
    };
    const file = path.join(agent.#directory, 'agent.json');
    writeFileSync(file, JSON.stringify(settings));
    agent.#program = await RunningProgram.start(agentProgram, ['run', '--config', file], {
      // One agent a user: tests of one user need a runtime directory each.
      XDG_RUNTIME_DIR: agent.#directory,
    });
    return agent;
  }

  get log(): string {
    return this.#program?.log ?? '';
  }

  get processId(): number {
    return this.#program?.processId ?? 0;
  }

  /** The records of its audit log. */
  get audit(): readonly Readonly<Record<string, unknown>>[] {
    const text = readFileSync(path.join(this.#directory, 'audit.jsonl'), 'utf8');
    return wholeLines(text).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Puts a certificate and, where given, its key into the file store. */
  addIdentity(name: string, certificates: readonly string[], keyPem?: string): void {
    writeFileSync(path.join(this.keyDirectory, `${name}.crt`), certificates.join(''));
    if (keyPem === undefined) return;
    writeFileSync(path.join(this.keyDirectory, `${name}.key`), keyPem, { mode: 0o600 });
  }

  /** Takes a file out of the file store. */
  removeFile(name: string): void {
    rmSync(path.join(this.keyDirectory, name));
  }

  /** Empties the file store. */
  removeIdentities(): void {
    rmSync(this.keyDirectory, { recursive: true, force: true });
    mkdirSync(this.keyDirectory, { mode: 0o700 });
  }

  async stop(): Promise<void> {
    await this.#program?.stop();
  }

  /** Stops it and removes its files. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
