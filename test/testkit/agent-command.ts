/** Runs one command of the built agent program to its end. */
import { spawnSync } from 'node:child_process';
import { programsComponent } from './programs.ts';

/** What a command left behind. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `countersign` with arguments. */
export function runAgentCommand(...args: readonly string[]): CommandResult {
  const program = programsComponent.found ?? '';
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { exitCode: status, stdout, stderr };
}
