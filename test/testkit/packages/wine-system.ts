/** A Windows of one's own, in Wine, to install packages into. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootWindows, insistOnStart } from '../windows/boot-windows.ts';
import { windowsPath } from '../windows/windows-host.ts';

const build = fileURLToPath(new URL('../../../build/windows', import.meta.url));

/** Node for Windows, as the tests have it. */
export const nodeForWindows = path.join(build, 'node.exe');

/** How a program ended, with all that it wrote. */
export interface WineRun {
  readonly exitCode: number | null;
  readonly text: string;
}

/** See the top of this file. */
export class WineSystem {
  readonly #prefix: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor() {
    // Hard links: whatever is written to Windows' files is written anew. The registry is copied.
    this.#prefix = mkdtempSync(path.join(build, 'package-test-'));
    const base = path.join(build, 'wine-prefix');
    execFileSync('cp', ['-al', `${base}/.`, this.#prefix]);
    for (const file of ['system.reg', 'user.reg', 'userdef.reg']) {
      rmSync(path.join(this.#prefix, file));
      cpSync(path.join(base, file), path.join(this.#prefix, file));
    }
    this.#environment = { ...process.env, WINEPREFIX: this.#prefix, WINEDEBUG: '-all' };
    bootWindows(this.#environment);
  }

  /** The path here of a file on its drive C. */
  file(name: string): string {
    return path.join(this.#prefix, 'drive_c', name);
  }

  /** Runs a program to its end. Node for Windows cannot write to a pipe of Wine's; to a file it can. */
  run(...command: readonly string[]): WineRun {
    const log = path.join(this.#prefix, 'output.txt');
    const output = openSync(log, 'w');
    try {
      const result = spawnSync('wine', command, {
        env: this.#environment,
        stdio: ['ignore', output, output],
      });
      if (result.error !== undefined) throw result.error;
      return { exitCode: result.status, text: readFileSync(log, 'utf8') };
    } finally {
      closeSync(output);
    }
  }

  /** Runs Windows Installer without a dialog; properties are such as `NAME=value`. */
  installer(action: '/i' | '/x', packageFile: string, ...properties: readonly string[]): WineRun {
    const command = ['msiexec', action, windowsPath(packageFile), '/qn', ...properties];
    return insistOnStart(() => this.run(...command));
  }

  /** @returns a value of the registry as text; empty where there is none */
  registryValue(key: string, name: string): string {
    const { exitCode, text } = this.run('reg', 'query', key, '/v', name);
    return exitCode === 0 ? text : '';
  }

  /** Ends what runs in it. */
  stop(): void {
    spawnSync('wineserver', ['--kill'], { env: this.#environment });
    rmSync(this.#prefix, { recursive: true, force: true });
  }
}
