import { availableParallelism } from 'node:os';

/** ESM throughout: `source` resolves workspace packages to their TypeScript, so that most tests need no build. */
const config = {
  roots: [
    '<rootDir>/packages',
    '<rootDir>/apps',
    '<rootDir>/infra',
    '<rootDir>/e2e',
    '<rootDir>/sim',
    '<rootDir>/bench',
    '<rootDir>/scripts',
  ],
  testMatch: ['**/*.test.ts'],
  // What needs real time, minutes of it, is for `pnpm test:faults` (jest.faults.config.js).
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '\\.faults\\.test\\.ts$'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  globalSetup: '<rootDir>/scripts/jest/run-folder.js',
  globalTeardown: '<rootDir>/scripts/jest/remove-run-folder.js',
  testEnvironment: '<rootDir>/scripts/jest/environment.js',
  // 'import' is left out: with it CommonJS dependencies are handed ESM files.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  reporters: ['default', '<rootDir>/scripts/jest/skipped-tests.js'],
  testTimeout: 60_000, // for machines that do other things as well
  // Suites wait as much as they compute: for leases, elections, processes that start.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
};

export default config;
