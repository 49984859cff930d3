/** ESM throughout: `source` resolves workspace packages to their TypeScript, so tests need no build. */
export default {
  roots: [
    '<rootDir>/packages',
    '<rootDir>/apps',
    '<rootDir>/infra',
    '<rootDir>/e2e',
    '<rootDir>/sim',
    '<rootDir>/bench',
  ],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  testEnvironment: 'node',
  // 'import' is left out: with it CommonJS dependencies are handed ESM files.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testTimeout: 30_000,
  maxWorkers: '100%', // the slowest suites wait for leases and elections more than they compute
};
