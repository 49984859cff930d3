export type { Logger } from 'winston';
export { createLogger, endLogger, LEVELS, type Level, type LoggerOptions } from './create-logger.js';
