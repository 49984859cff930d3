export { joinIn, type Surroundings } from './join.js';
export type { Servers } from './servers.js';
