import { colorsFor } from '@ringcache/logger/colors';

export const color = colorsFor(process.stdout, process.env);
