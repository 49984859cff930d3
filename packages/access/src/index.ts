export { createDoor, type DoorOptions, type DoorRules, type OpenDoor, type Refusal } from './create-door.js';
export type { Rate } from './rate-limits.js';
export { TokenBucket, type TokenBucketOptions } from './token-bucket.js';
export { MIN_TOKEN_CHARS, type Role, type TokenRule } from './tokens.js';
