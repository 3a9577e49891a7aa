/**
 * A Windows process that tests can talk to: Windows' Node in Wine on Linux, Node itself on Windows.
 */
import { execFileSync, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Component } from '../require-component.ts';
import { findCommand } from '../find-command.ts';
import { bootWindows } from './boot-windows.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const build = path.join(root, 'build/windows');
const basePrefix = path.join(build, 'wine-prefix');
const howToGet = 'scripts/prepare-windows-tests';

/** Whether this is Windows itself: its own providers, and somebody's own certificates beside ours. */
export const onWindows = process.platform === 'win32';

function component(name: string, found: string | undefined): Component {
  return { name, found, howToGet };
}

function existing(file: string): string | undefined {
  return existsSync(file) ? file : undefined;
}

/** What every Windows test needs. */
export const windowsComponents: readonly Component[] = [
  ...(onWindows
    ? []
    : [
        component('Wine', findCommand('wine')),
        component('a Windows for Wine', existing(path.join(basePrefix, 'system.reg'))),
        component('Node for Windows', existing(path.join(build, 'node.exe'))),
        component('the double of ncrypt.dll', existing(path.join(build, 'ncrypt.dll'))),
      ]),
  component('the addon for Windows', existing(path.join(root, 'prebuilds/win32-x64.node'))),
  component('the store editor', existing(path.join(build, 'store_editor.node'))),
];

/** An error that the Windows side answered with. */
export class WindowsHostError extends Error {
  readonly code: string | number | undefined;
  readonly facility: string | undefined;

  constructor(error: { code?: string | number; facility?: string; message: string }) {
    super(error.message);
    this.code = error.code;
    this.facility = error.facility;
  }
}

/** A path of this machine as the Windows side writes it. */
export function windowsPath(file: string): string {
  return onWindows ? file : `Z:${file.replaceAll('/', '\\')}`;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The process; one `call` at a time or many. */
export class WindowsHost {
  readonly #prefix: string | undefined;
  readonly #keys: string;
  readonly #socket: net.Socket;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  private constructor(
    child: ChildProcess,
    socket: net.Socket,
    prefix: string | undefined,
    keys: string,
  ) {
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    this.#prefix = prefix;
    this.#keys = keys;
    this.#socket = socket.setNoDelay();
    createInterface({ input: socket }).on('line', (line) => {
      this.#settle(line);
    });
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The process ended.'));
      this.#waiting.clear();
    });
  }

  /** @param keys - a directory of keys for the double of ncrypt.dll, which Wine needs */
  static async start(keys: string): Promise<WindowsHost> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const log = path.join(build, `host-${port}.log`);
    const prefix = onWindows ? undefined : makePrefix();
    const script = windowsPath(fileURLToPath(new URL('host.mjs', import.meta.url)));
    const child = startProcess([script, String(port)], log, prefix, keys);
    try {
      const socket = await new Promise<net.Socket>((resolve, reject) => {
        server.once('connection', resolve);
        child.once('error', reject);
        child.once('exit', () => {
          reject(new Error(`The Windows process ended:\n${readFileSync(log, 'utf8')}`));
        });
      });
      return new WindowsHost(child, socket, prefix, keys);
    } finally {
      server.close();
    }
  }

  /** Has the host do something; see host.mjs. */
  call(method: string, params?: unknown): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  /**
   * Starts another program beside the host, with the same stores and keys.
   *
   * @param args - Node's: a script and its arguments
   * @param log - file for all that it writes
   */
  startProgram(args: readonly string[], log: string): ChildProcess {
    return startProcess(args, log, this.#prefix, this.#keys);
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    this.#socket.end();
    await this.#ended;
    if (this.#prefix === undefined) return;
    // Wine's server writes the registry when the last process has gone.
    execFileSync('wineserver', ['--wait'], { env: wineEnvironment(this.#prefix) });
    rmSync(this.#prefix, { recursive: true, force: true });
  }

  #settle(line: string): void {
    const answer = JSON.parse(line) as {
      id: number;
      result?: unknown;
      error?: { message: string };
    };
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new WindowsHostError(answer.error));
  }
}

function startProcess(
  args: readonly string[],
  log: string,
  prefix: string | undefined,
  keys: string,
): ChildProcess {
  // Node for Windows cannot write to a pipe of Wine's; to a file it can.
  const output = openSync(log, 'w');
  const stdio: StdioOptions = ['ignore', output, output];
  if (prefix === undefined) return spawn(process.execPath, args, { stdio });
  const double = windowsPath(fileURLToPath(new URL('use-ncrypt-double.cjs', import.meta.url)));
  return spawn('wine', [path.join(build, 'node.exe'), '-r', double, ...args], {
    env: { ...wineEnvironment(prefix), COUNTERSIGN_NCRYPT_DOUBLE: windowsPath(keys) },
    stdio,
  });
}

function wineEnvironment(prefix: string): NodeJS.ProcessEnv {
  return { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all' };
}

/**
 * Makes a Windows with a registry, and so with stores and keys, of its own. The files of Windows
 * itself are shared.
 */
function makePrefix(): string {
  const prefix = mkdtempSync(path.join(tmpdir(), 'countersign-windows-'));
  for (const file of ['system.reg', 'user.reg', 'userdef.reg', '.update-timestamp']) {
    cpSync(path.join(basePrefix, file), path.join(prefix, file));
  }
  symlinkSync(path.join(basePrefix, 'drive_c'), path.join(prefix, 'drive_c'));
  mkdirSync(path.join(prefix, 'dosdevices'));
  symlinkSync('../drive_c', path.join(prefix, 'dosdevices/c:'));
  symlinkSync('/', path.join(prefix, 'dosdevices/z:'));
  bootWindows(wineEnvironment(prefix));
  return prefix;
}
