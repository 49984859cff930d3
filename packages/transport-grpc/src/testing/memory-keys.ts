/** A key whose value has one byte, at a memory process. */
export const SMALL = 'small';
/** One whose load never ends. */
export const ENDLESS = 'endless';
