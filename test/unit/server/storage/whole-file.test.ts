import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { writeWholeFile } from '../../../../src/server/storage/copy/whole-file.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';

/** Writes a text, and does something before its end. */
async function write(path: string, text: string, meanwhile = (): void => undefined): Promise<void> {
  await writeWholeFile(path, async (file) => {
    file.write(text);
    meanwhile();
    await pipeline([], file);
  });
}

const unfinished = (name: string): string => `${name}.0123456789abcdef.unfinished`;

describe('writeWholeFile', () => {
  it('gives the file its name once it is whole, readable by its owner only', async () => {
    const directory = scratchDirectory();
    const path = `${directory}/file`;
    await write(path, 'text', () => {
      expect(readdirSync(directory)).not.toContain('file');
    });
    expect(readFileSync(path, 'utf8')).toBe('text');
    expect(readdirSync(directory)).toEqual(['file']);
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves nothing of what cannot be finished', async () => {
    const directory = scratchDirectory();
    const failing = write(`${directory}/file`, 'text', () => {
      throw new Error('out of words');
    });
    await expect(failing).rejects.toThrow('out of words');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('removes what a killed run left of the same file, and nothing else', async () => {
    const directory = scratchDirectory();
    const others = [unfinished('other'), 'file.unfinished', `${unfinished('file')}.txt`];
    for (const name of [...others, unfinished('file')]) writeFileSync(`${directory}/${name}`, '');
    await write(`${directory}/file`, 'text');
    expect(readdirSync(directory).sort()).toEqual([...others, 'file'].sort());
  });

  it('overwrites no file, not even one that came meanwhile', async () => {
    const directory = scratchDirectory();
    const path = `${directory}/file`;
    const came = write(path, 'text', () => {
      writeFileSync(path, 'kept');
    });
    await expect(came).rejects.toMatchObject({ code: 'EEXIST', syscall: 'open' });
    await expect(write(path, 'text')).rejects.toMatchObject({ code: 'EEXIST', syscall: 'open' });
    expect(readFileSync(path, 'utf8')).toBe('kept');
    expect(readdirSync(directory)).toEqual(['file']);
  });

  it('has the later one of two that write the same file at once write it', async () => {
    const directory = scratchDirectory();
    const path = `${directory}/file`;
    let later = Promise.resolve();
    const earlier = writeWholeFile(path, async (file) => {
      later = write(path, 'later');
      await later;
      rmSync(path);
      await pipeline(['earlier'], file);
    });
    await expect(earlier).rejects.toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(directory)).toEqual([]);
  });
});
