const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/** A stranger's text as it is shown: its first so many UTF-16 units, and no half of a character at the end. */
export function cutText(text: string, most: number): string {
  return text.length <= most ? text : text.slice(0, most).replace(HIGH_SURROGATE, '');
}
