import { execFile, spawnSync } from 'node:child_process';
import type { ToolCommand } from '../../agent/service/service-request.ts';

/** What a tool of the system left behind. */
export interface ToolResult {
  /** Undefined where it could not be started or did not end in time. */
  readonly exitCode: number | undefined;
  /** Both streams, or why it could not be started. */
  readonly text: string;
}

/** Runs a tool of the system; replaced by tests. */
export type RunTool = (command: ToolCommand) => ToolResult;

const timeoutMs = 60_000;

/** Runs a tool to its end, without a shell. */
export const runTool: RunTool = ([program, ...args]) => {
  const result = spawnSync(program, args, { encoding: 'utf8', timeout: timeoutMs });
  if (result.error !== undefined) return { exitCode: undefined, text: result.error.message };
  return {
    exitCode: result.status ?? undefined,
    text: `${result.stdout}${result.stderr}`.trim(),
  };
};

/** Runs a tool beside whatever else goes on, without a shell. */
export function startTool({
  command: [program, ...args],
  env,
}: {
  readonly command: ToolCommand;
  readonly env: Readonly<Record<string, string>>;
}): Promise<ToolResult> {
  return new Promise((resolve) => {
    const options = {
      encoding: 'utf8',
      timeout: timeoutMs,
      env: { ...process.env, ...env },
    } as const;
    execFile(program, args, { ...options, windowsHide: true }, (error, stdout, stderr) => {
      const text = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ exitCode: 0, text });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, text });
      else resolve({ exitCode: undefined, text: error.message });
    });
  });
}
