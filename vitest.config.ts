import { defineConfig } from 'vitest/config';

/**
 * Four projects. `unit` lies beside the code and opens no ports but its own; `integration` and `e2e` use the real worker
 * and real browsers, so they run one file at a time; `nightly` is what takes too long for every change. Where browsers and
 * media share two cores with the test, a test gets a second try, and the summary names it.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts', 'setup/**/*.test.mjs'],
          exclude: ['**/node_modules/**', 'web/dist/**', 'test/integration/**', 'test/e2e/**', 'test/nightly/**'],
          testTimeout: 20_000, // properties of thousands of inputs, on a machine with other work
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          retry: 1,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          retry: 1,
          testTimeout: 180_000, // four browsers on two cores take their time
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'nightly',
          include: ['test/nightly/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
