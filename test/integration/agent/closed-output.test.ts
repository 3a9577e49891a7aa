/** The programs with a standard output that nobody reads, or that cannot be written. */
import { spawn, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';

const fullDevice = '/dev/full';

describeWith('a program whose output is lost', [programsComponent], ([program = '']) => {
  const server = path.join(path.dirname(program), 'countersign-server.js');

  function file(content: string): string {
    const name = path.join(scratchDirectory(), 'file.json');
    writeFileSync(name, content);
    return name;
  }

  async function run(
    args: readonly string[],
    stdout: 'closed by its reader' | number,
  ): Promise<{ exitCode: number | null; stderr: string }> {
    const closed = typeof stdout !== 'number';
    const stdio: StdioOptions = ['ignore', closed ? 'pipe' : stdout, 'pipe'];
    const child = spawn(process.execPath, [...args], { stdio });
    child.stdout?.destroy();
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode, stderr };
  }

  it.each([['--help'], ['config', 'show', '--config'], ['audit', 'verify']])(
    'ends as it would have where its reader has gone: countersign %s',
    async (...args) => {
      const named = args.length > 1 ? [file(args[0] === 'config' ? '{}' : '')] : [];
      const ended = await run([program, ...args, ...named], 'closed by its reader');
      expect(ended).toEqual({ exitCode: exitCodes.success, stderr: '' });
    },
  );

  it('ends as it would have where its reader has gone: countersign-server', async () => {
    const ended = await run([server, 'version'], 'closed by its reader');
    expect(ended).toEqual({ exitCode: exitCodes.success, stderr: '' });
  });

  it('keeps the exit code that says what it found', async () => {
    const damaged = [program, 'audit', 'verify', file('no record\n')];
    const ended = await run(damaged, 'closed by its reader');
    expect(ended).toEqual({ exitCode: exitCodes.auditLogDamaged, stderr: '' });
  });

  it.runIf(existsSync(fullDevice))('fails where the disk is full, and says so once', async () => {
    const full = openSync(fullDevice, 'w');
    expect(await run([program, 'config', 'show', '--config', file('{}')], full)).toEqual({
      exitCode: exitCodes.failure,
      stderr: 'error: file_unwritable: Standard output cannot be written (ENOSPC).\n',
    });
  });
});
