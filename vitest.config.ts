import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Generous, for a busy machine: what comes sooner is seen sooner.
    expect: { poll: { timeout: 20_000 } },
    // Two cores are the smallest machine this suite promises to run on.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reportsDirectory: 'coverage',
    },
  },
});
