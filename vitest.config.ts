import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests read sources, so that they never see a stale build.
const conditions = ['zebu-source', 'module', 'node', 'development|production'];

const packageDirectories = ['packages', 'apps', 'tooling']
  .flatMap((parent) => readdirSync(parent).map((child) => join(parent, child)))
  .filter((directory) => existsSync(join(directory, 'test')));

// Real processes on a small machine: alone, one file at a time, after the quick tests, and with patience.
const realProcesses = {
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    passWithNoTests: true,
    // No test depends on time: a busy machine is no failure.
    testTimeout: 60_000,
    projects: packageDirectories.map((root) => ({
      extends: true as const,
      test: {
        name: basename(root),
        root,
        include: ['test/**/*.test.ts'],
        ...(['chaos', 'client-surface', 'conformance', 'end-to-end', 'fuzzer', 'pack-test'].includes(basename(root))
          ? realProcesses
          : {}),
      },
    })),
  },
});
