/** The machine's agent as a Windows service, by the service manager of Windows, or Wine's. */
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith, type Component } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { until } from '../../testkit/until.ts';
import {
  onWindows,
  WindowsHost,
  windowsComponents,
  windowsPath,
} from '../../testkit/windows/windows-host.ts';

const serviceHost = fileURLToPath(
  new URL('../../../prebuilds/win32-x64-service.exe', import.meta.url),
);
const serviceHostComponent: Component = {
  name: 'the service host for Windows',
  found: existsSync(serviceHost) ? serviceHost : undefined,
  howToGet: 'scripts/prepare-windows-tests',
};

describeWith(
  'the machine’s agent as a Windows service',
  [programsComponent, serviceHostComponent, ...windowsComponents],
  ([program = '']) => {
    let directory: string;
    // Wine ends its services with its last program that is none.
    let windows: WindowsHost;
    let commands = 0;

    beforeEach(async () => {
      directory = scratchDirectory();
      windows = await WindowsHost.start(directory);
      const settings = {
        servers: [{ issuer: 'https://id.example.test', origins: ['https://login.example.test'] }],
        ports: await freePorts(1),
        stateDirectory: windowsPath(path.join(directory, 'state')),
      };
      writeFileSync(path.join(directory, 'agent.json'), JSON.stringify(settings));
    });
    afterEach(async () => {
      if (!onWindows) await countersign('service', 'uninstall', '--machine');
      await windows.stop();
    });

    // A developer's own Windows is not given a service.
    it.skipIf(onWindows)(
      'is installed, started again where it is killed, stopped cleanly, and removed',
      async () => {
        const config = ['--config', windowsPath(path.join(directory, 'agent.json'))];
        expect(await countersign('service', 'install', '--machine', ...config)).toMatchObject({
          exitCode: 0,
        });
        const first = await runningProcess(config);
        expect((await countersign('service', 'status', '--machine', '--json')).stdout).toContain(
          '"known": true',
        );

        await run('-e', `process.kill(${first})`);
        const second = await runningProcess(config, first);
        expect(second).not.toBe(first);
        // The agent says so where it is asked to stop, not where it is killed.
        expect(log()).not.toContain('Stopping');

        expect((await countersign('service', 'stop', '--machine')).exitCode).toBe(0);
        expect(await until(() => Promise.resolve(log().includes('Stopping')))).toBe(true);
        const { exitCode } = await countersign('status', '--machine', ...config);
        expect(exitCode).toBe(exitCodes.notRunning);

        expect((await countersign('service', 'uninstall', '--machine')).exitCode).toBe(0);
        const status = await countersign('service', 'status', '--machine');
        expect(status).toMatchObject({ exitCode: exitCodes.notRunning });
        expect(existsSync(path.join(directory, 'state', 'agent-instance'))).toBe(true);
      },
      120_000,
    );

    /** Asks until an agent answers that is not a former one. @returns its process */
    async function runningProcess(config: readonly string[], former?: number): Promise<number> {
      let processId = 0;
      const answered = await until(async () => {
        const status = await countersign('status', '--machine', '--json', ...config);
        if (status.exitCode !== 0) return false;
        ({ processId } = JSON.parse(status.stdout) as { readonly processId: number });
        return processId !== former;
      });
      expect(answered).toBe(true);
      return processId;
    }

    function countersign(...args: readonly string[]): Promise<ProgramResult> {
      return run(windowsPath(program), ...args);
    }

    /** Runs Node in Windows to its end. */
    async function run(...args: readonly string[]): Promise<ProgramResult> {
      const output = path.join(directory, `command-${commands++}.log`);
      const child = windows.startProgram(args, output);
      const [exitCode] = (await once(child, 'exit')) as [number | null];
      return { exitCode, stdout: readFileSync(output, 'utf8'), stderr: '' };
    }

    function log(): string {
      const file = path.join(directory, 'state', 'agent.log');
      return existsSync(file) ? readFileSync(file, 'utf8') : '';
    }
  },
);
