import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { KeystoreError } from '../../../src/keystore/errors.ts';
import { CliError, ExitWith } from '../../../src/cli/errors.ts';
import { exitCodes } from '../../../src/cli/exit-codes.ts';
import { runProgram } from '../../../src/cli/program.ts';

async function run(
  args: readonly string[],
  action: () => void,
): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const program = new Command('tool');
  program.command('go').action(action);
  const code = await runProgram(program, args, {
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
    columns: undefined,
  });
  return { code, ...written };
}

describe('runProgram', () => {
  it('ends with 0 after a command that did its work', async () => {
    expect(await run(['go'], () => undefined)).toEqual({ code: 0, out: '', err: '' });
  });

  it('tells code and sentence of a typed error, without a stack', async () => {
    const { code, err } = await run(['go'], () => {
      throw new KeystoreError('pin_rejected');
    });
    expect(code).toBe(exitCodes.failure);
    expect(err).toMatch(/^error: pin_rejected: The token rejected the PIN.*\n$/);
  });

  it('shows the stack and the causes with --debug', async () => {
    const { err } = await run(['--debug', 'go'], () => {
      throw new CliError('file_unreadable', { cause: new Error('deep reason') });
    });
    expect(err).toContain('program.test.ts');
    expect(err).toContain('caused by Error: deep reason');
  });

  it('names an unexpected error as internal and keeps its stack to itself', async () => {
    const { code, err } = await run(['go'], () => {
      throw new TypeError('boom');
    });
    expect(code).toBe(exitCodes.failure);
    expect(err).toMatch(/^error: internal_error: .*\(boom\)\n$/);
  });

  it('ends with 2 for a wrong command line', async () => {
    const { code, err } = await run(['nonsense'], () => undefined);
    expect(code).toBe(exitCodes.usage);
    expect(err).toContain('nonsense');
  });

  it('ends with 0 after --help, which goes to standard output', async () => {
    const { code, out, err } = await run(['--help'], () => undefined);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: tool');
  });

  it('ends with the code a command chose, silently where it gave no cause', async () => {
    const { code, err } = await run(['go'], () => {
      throw new ExitWith(exitCodes.noManagedCertificate);
    });
    expect({ code, err }).toEqual({ code: 3, err: '' });
  });
});
