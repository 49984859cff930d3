export { address, endpoint, listenAddress, splitAddress } from './address.js';
export { ConfigError } from './config-error.js';
export { discoverySchema } from './discovery-schema.js';
export type { Sources } from './layers.js';
export { loadConfig } from './load-config.js';
export { secret } from './mark.js';
export { memberSchema } from './member-schema.js';
export { bytes, duration, type Limits } from './quantity-schemas.js';
export { redacted } from './redacted.js';
