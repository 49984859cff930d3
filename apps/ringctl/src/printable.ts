// Keys and values are strangers' bytes: a terminal would do what is written in them. So what a terminal shows has every
// control character spelled out, and bytes that are no text in hex.

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu; // controls, and those that turn the direction of writing around
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with what is no letter, digit or sign as an escape. @param max characters; what is over is cut. */
export function printable(text: string, max = Number.POSITIVE_INFINITY): string {
  const shown = text.length > max ? `${text.slice(0, Math.max(0, max - 1))}…` : text;
  return shown.replace(UNSAFE, (sign) => NAMED[sign] ?? `\\u{${sign.codePointAt(0)!.toString(16)}}`);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text that the bytes are in UTF-8; undefined: they are none. */
export function textIn(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // no UTF-8
  }
}

/** Bytes for people. */
export function printableBytes(bytes: Uint8Array): string {
  const text = textIn(bytes);
  return text === undefined ? `0x${Buffer.from(bytes).toString('hex')}` : printable(text);
}

/** Bytes for programs: as text where they are text. */
export function jsonBytes(bytes: Uint8Array): { readonly value: string } | { readonly valueBase64: string } {
  const text = textIn(bytes);
  return text === undefined ? { valueBase64: Buffer.from(bytes).toString('base64') } : { value: text };
}
