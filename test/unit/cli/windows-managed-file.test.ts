import { describe, expect, it } from 'vitest';
import { AgentError } from '../../../src/agent/errors.ts';
import { readWindowsFile } from '../../../src/cli/agent/windows-managed-file.ts';
import type { NativeManagedFile } from '../../../src/native/index.ts';

const file = 'C:\\ProgramData\\Countersign\\agent.json';
const content = Buffer.from('{}');

function read(answer: NativeManagedFile | object): Promise<Uint8Array | undefined> {
  return readWindowsFile(file, {
    readManagedFile: () =>
      'content' in answer
        ? Promise.resolve(answer)
        : Promise.reject(Object.assign(new Error('Zugriff verweigert.'), answer)),
  });
}

describe('a settings file of Windows', () => {
  it('is taken where administrators alone can have written it', async () => {
    expect(await read({ content })).toEqual(content);
  });

  it.each([
    ['owner', 'it belongs to S-1-5-21-1-2-3-1001, not to administrators'],
    ['writer', 'others than administrators can write to it: S-1-5-21-1-2-3-1001'],
  ] as const)('is refused for its %s', async (reason, sentence) => {
    const distrust = { reason, sid: 'S-1-5-21-1-2-3-1001' };
    await expect(read({ content, distrust })).rejects.toThrow(sentence);
  });

  it.each([2, 3])('is absent where Windows says so: %i', async (code) => {
    expect(await read({ facility: 'win32', code, api: 'CreateFileW' })).toBeUndefined();
  });

  it('is unreadable where Windows says anything else, or it is too large', async () => {
    const denied = read({ facility: 'win32', code: 5, api: 'CreateFileW' });
    await expect(denied).rejects.toThrow('cannot be read (Zugriff verweigert)');
    const large = read({ facility: 'countersign', code: 7, api: 'ReadFile' });
    await expect(large).rejects.toThrow('larger than 1048576 bytes');
    await expect(large).rejects.toBeInstanceOf(AgentError);
  });
});
