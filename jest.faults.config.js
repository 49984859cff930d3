import config from './jest.config.js';

/** Outages with the settings that are shipped, restarts, kills, browsers, measurements: whatever needs real time. */
export default {
  ...config,
  testMatch: ['**/*.faults.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  testTimeout: 180_000,
};
