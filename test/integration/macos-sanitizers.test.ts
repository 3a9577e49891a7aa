/**
 * The macOS sources under AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer, on Linux,
 * against the double of Apple's frameworks.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import {
  appleDoubleFile,
  buildAppleDouble,
  describeWithAppleDouble,
} from '../testkit/apple-double.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const buildMs = 600_000;
const runMs = 120_000;

/** Runs a program of ours and returns what it said, which the failed test shows. */
function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, output: stdout + stderr };
}

/** Node itself is built without sanitizers: their runtimes are loaded before it. */
function sanitizers(): NodeJS.ProcessEnv {
  const libraries = ['libasan.so', 'libubsan.so'].map((name) =>
    execFileSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim(),
  );
  return { LD_PRELOAD: libraries.join(' '), APPLE_DOUBLE: 'sanitized' };
}

describeWithAppleDouble('the macOS sources under sanitizers', () => {
  beforeAll(() => {
    for (const target of ['sanitizer-test', 'sanitized-addons', 'addons'] as const) {
      buildAppleDouble(target);
    }
  }, buildMs);

  it(
    'pass their own tests, with every call to the system failing in turn',
    { timeout: runMs },
    () => {
      const { status, output } = run(appleDoubleFile('sanitizer-test'), []);
      expect(output).toMatch(/^\d+ passed, 0 failed$/m);
      expect(status, output).toBe(0);
    },
  );

  it('fulfil the store contract through the N-API layer', { timeout: runMs }, () => {
    const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const { status, output } = run(
      process.execPath,
      [vitest, 'run', 'test/contract/macos-keychains.test.ts'],
      // Vitest ends its workers in the midst of things: what leaks is told by the other two.
      { ...sanitizers(), ASAN_OPTIONS: 'detect_leaks=0' },
    );
    expect(status, output).toBe(0);
    expect(output).not.toContain('Sanitizer');
  });

  it(
    'leak nothing in Node, with stores closed and workers ended in mid-call',
    { timeout: runMs },
    () => {
      const { status, output } = run(
        process.execPath,
        ['--expose-gc', 'test/native/stress.mjs', appleDoubleFile('sanitized'), '300'],
        {
          ...sanitizers(),
          LSAN_OPTIONS: `suppressions=${path.join(root, 'test/native/leaks.supp')}:print_suppressions=0`,
        },
      );
      expect(output).toContain('objects alive: 0');
      expect(status, output).toBe(0);
    },
  );

  it('keep memory flat over ten thousand listings and signatures', { timeout: runMs }, () => {
    const { status, output } = run(process.execPath, [
      '--expose-gc',
      'test/native/stress.mjs',
      appleDoubleFile('plain'),
      '10000',
    ]);
    expect(status, output).toBe(0);
    const grown = /^KiB grown: (-?\d+) (-?\d+) (-?\d+)$/m.exec(output)?.slice(1).map(Number) ?? [];
    // What leaks makes every third grow, by 650 KiB where each call leaves 100 octets behind; what
    // the heap takes once and keeps makes one of them grow.
    expect(Math.min(...grown), output).toBeLessThan(400);
    expect(output).toContain('objects alive: 0');
  });
});
