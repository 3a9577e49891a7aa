/** Agents that start at once, each a process: there is one control channel, whoever died before. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

interface Contender {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  /** Lines of its output. */
  readonly lines: AsyncIterator<string>;
}

const contenders: Contender[] = [];
afterEach(async () => {
  await Promise.all(contenders.splice(0).map(kill));
});

async function kill({ process }: Contender): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill('SIGKILL');
  await once(process, 'close');
}

async function nextLine({ lines }: Contender): Promise<string> {
  const { value } = (await lines.next()) as { readonly value: string | undefined };
  return value ?? 'ended';
}

describeWith('agents that start at once', [programsComponent], ([program = '']) => {
  const library = path.join(path.dirname(program), '..', 'agent', 'index.js');

  /** A process that opens the control channel for each line it reads, and says what came of it. */
  async function contender(socket: string): Promise<Contender> {
    const script = `
      const { openControlServer } = await import(${JSON.stringify(library)});
      const { createInterface } = await import('node:readline');
      console.log('ready');
      for await (const _ of createInterface({ input: process.stdin })) {
        await openControlServer(${JSON.stringify(socket)}, () => ({})).then(
          () => console.log('won'),
          (error) => console.log(error.code),
        );
      }`;
    const process_ = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
    const made = { process: process_, lines };
    contenders.push(made);
    expect(await nextLine(made)).toBe('ready');
    return made;
  }

  it('leave one winner each time, though the last winner was killed', async () => {
    const directory = scratchDirectory();
    const socket = path.join(directory, 'agent.sock');
    let rivals = await Promise.all(Array.from({ length: 4 }, () => contender(socket)));
    for (let round = 0; round < 12; round++) {
      for (const { process } of rivals) process.stdin.write('go\n');
      const told = await Promise.all(rivals.map(nextLine));
      expect([...told].sort()).toEqual([...Array<string>(3).fill('already_running'), 'won']);
      expect(readdirSync(directory).sort()).toEqual(['agent.sock', 'lock']);
      const winner = rivals[told.indexOf('won')];
      if (winner === undefined) throw new Error('nobody won');
      await kill(winner);
      rivals = [...rivals.filter((rival) => rival !== winner), await contender(socket)];
    }
  }, 120_000);
});
