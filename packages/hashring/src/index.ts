export { DIALECTS, type Dialect } from './dialect.js';
export { MAX_MEMBERS, MAX_POINTS, MAX_REPLICAS } from './limits.js';
export { EmptyRingError, type Location, type Point, Ring, type RingMember, type RingOptions } from './ring.js';
