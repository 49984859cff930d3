// The transports' contract suite is '@ringcache/cache-core/testing/transport-contract': it needs jest, these do not.
export { ManualClock, settled } from './manual-clock.js';
export { MemoryNetwork, type MemoryNetworkOptions } from './memory-network.js';
export { ProcessClock } from './process-clock.js';
export { seededRandom } from './random.js';
export { TestCluster, type TestClusterOptions, type TestNode } from './test-cluster.js';
