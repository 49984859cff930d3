// Text from strangers (keys, values, error messages) goes into lines that people read in a terminal. Whatever ends a line,
// moves the cursor, changes colours or turns the direction of writing is written as an escape, so that no key can forge a
// line or hide one (CWE-117, CWE-150). Cc: control, Cf: invisible, Cs: half of a character, Zl and Zp: line ends.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NEEDS_QUOTES = /[\s"'=\\{}[\]]|^$/;

/** Escapes what is unsafe as JSON does, and what JSON leaves as it is (DEL, C1, U+2028, bidi marks) too. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? unitsOf(character));
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Of a character beyond U+FFFF both halves: within JSON there is no other way to write it. */
function unitsOf(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** For `key=value`: in quotes if where it ends could be mistaken otherwise. */
export function quotedIfNeeded(text: string): string {
  return escaped(NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text);
}
