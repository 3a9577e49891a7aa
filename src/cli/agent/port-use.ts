/** Who holds a loopback port, in the words of each system's own tools. */
import { portHolder } from '../../agent/loopback/port-holder.ts';
import type { RunTool } from './run-tool.ts';

/** Tells who listens on a TCP port, as the end of a sentence; undefined where nobody is seen to. */
export type PortUse = (port: number) => string | undefined;

/**
 * Chooses the way of a system.
 *
 * @param platform - as process.platform
 * @param runTool - runs the system's tools
 */
export function portUseOf(platform: NodeJS.Platform, runTool: RunTool): PortUse {
  switch (platform) {
    case 'darwin':
      return (port) => onMacos(port, runTool);
    case 'win32':
      return (port) => onWindows(port, runTool);
    default:
      return onLinux;
  }
}

function onLinux(port: number): string | undefined {
  const holder = portHolder(port);
  if (holder === undefined) return undefined;
  return holder.process === undefined
    ? `by a process of the user with id ${holder.userId}`
    : inWords(holder.process.id, holder.process.name);
}

/** lsof(8): a field a line, `p` and the process's id, then `c` and its name. Other users' are not seen. */
function onMacos(port: number, runTool: RunTool): string | undefined {
  const options = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'];
  const { text } = runTool(['/usr/sbin/lsof', ...options]);
  const [, id, name] = /^p(\d+)\nc(.+)$/m.exec(text) ?? [];
  return id === undefined || name === undefined ? undefined : inWords(Number(id), name);
}

/** The word for "listening" is in the language of the system; that the other end is port 0 is not. */
function onWindows(port: number, runTool: RunTool): string | undefined {
  const rows = runTool(['netstat.exe', '-ano']).text.split(/\r?\n/);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  const listener = fields.find(
    ([protocol, local, remote]) =>
      protocol === 'TCP' && local?.endsWith(`:${port}`) === true && remote?.endsWith(':0') === true,
  );
  const id = listener?.at(-1);
  if (id === undefined || !/^\d+$/.test(id)) return undefined;
  const tasks = runTool(['tasklist.exe', '/FI', `PID eq ${id}`, '/FO', 'CSV', '/NH']).text;
  return inWords(Number(id), /^"([^"]+)",/.exec(tasks)?.[1] ?? 'unknown');
}

function inWords(id: number, name: string): string {
  return `by ${name}, process ${id}`;
}
