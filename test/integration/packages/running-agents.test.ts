/** What the Linux packages do to agents that run, under a real systemd. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { freePorts } from '../../testkit/free-ports.ts';
import { programsComponent, type ProgramResult } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import {
  SystemdSandbox,
  systemdComponents,
  type SandboxUser,
} from '../../testkit/systemd-sandbox.ts';
import { until } from '../../testkit/until.ts';

const alice: SandboxUser = { id: 2001, name: 'alice', home: '/run/home/alice' };
const maintain = fileURLToPath(
  new URL('../../../scripts/packaging/files/linux/maintain.sh', import.meta.url),
);

describeWith(
  'a package, with an agent that runs',
  [programsComponent, ...systemdComponents],
  ([program = '']) => {
    let sandbox: SystemdSandbox;

    beforeEach(async () => {
      sandbox = await SystemdSandbox.user(alice);
      const settings = JSON.stringify({ ports: await freePorts(1) });
      await sandbox.write(`${alice.home}/.config/countersign/agent.json`, settings, alice);
      expect(await agent('service', 'install')).toMatchObject({ exitCode: 0, stderr: '' });
    });
    afterEach(() => sandbox.end());

    function agent(...args: readonly string[]): Promise<ProgramResult> {
      return sandbox.run([process.execPath, program, ...args], alice);
    }

    /** @returns the agent's process, once there is another one than before */
    async function processAfter(before: number): Promise<number> {
      let processId = before;
      const changed = await until(async () => {
        const { exitCode, stdout } = await agent('status', '--json');
        if (exitCode !== 0) return false;
        ({ processId } = JSON.parse(stdout) as { processId: number });
        return processId !== before;
      });
      expect(changed).toBe(true);
      return processId;
    }

    it('starts it again with the new version when it is upgraded', async () => {
      const old = await processAfter(0);
      expect(await sandbox.run(['sh', maintain, 'upgraded'])).toMatchObject({ exitCode: 0 });
      expect(await processAfter(old)).not.toBe(old);
    });

    it('starts none that was stopped', async () => {
      await processAfter(0);
      expect((await agent('service', 'stop')).exitCode).toBe(0);
      expect(await sandbox.run(['sh', maintain, 'upgraded'])).toMatchObject({ exitCode: 0 });
      const state = ['systemctl', '--user', 'is-active', 'countersign.service'];
      expect((await sandbox.run(state, alice)).stdout).toBe('inactive\n');
    });

    it('stops it when it is removed', async () => {
      await processAfter(0);
      expect(await sandbox.run(['sh', maintain, 'removing'])).toMatchObject({ exitCode: 0 });
      expect((await agent('status')).exitCode).toBe(exitCodes.notRunning);
    });
  },
);
