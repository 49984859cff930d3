import { type Colors, colorsFor } from '@ringcache/logger/colors';

export const color: Colors = colorsFor(process.stdout, process.env);
