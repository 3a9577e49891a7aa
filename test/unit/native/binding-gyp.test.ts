import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const bindingGyp = readFileSync(path.join(root, 'binding.gyp'), 'utf8');
// mingw-w64's own file: node-gyp brings Visual Studio's.
const sources = readdirSync(path.join(root, 'native')).filter(
  (file) => file.endsWith('.cc') && !file.endsWith('_mingw.cc'),
);

/** The sources named after a mark, up to the next. */
function listed(from: string, to?: string): string[] {
  const end = to === undefined ? undefined : bindingGyp.indexOf(to);
  const part = bindingGyp.slice(bindingGyp.indexOf(from), end);
  return [...part.matchAll(/"native\/([a-z0-9_]+\.cc)"/g)].map(([, file]) => file ?? '').sort();
}

function endingIn(suffix: RegExp): string[] {
  return sources.filter((file) => suffix.test(file)).sort();
}

describe('binding.gyp', () => {
  it('builds every source, on the system it is for', () => {
    const [windows, mac, others] = ["OS=='win'", "OS=='mac'", "OS!='win'"];
    expect(listed('"targets"', windows)).toEqual(endingIn(/^(?!.*_(?:win|mac|none|posix)\.cc$)/));
    expect(listed(windows, mac)).toEqual(endingIn(/_win\.cc$/));
    expect(listed(mac, others)).toEqual(endingIn(/_(?:mac|posix)\.cc$/));
    expect(listed(others)).toEqual(endingIn(/_(?:none|posix)\.cc$/));
  });
});
