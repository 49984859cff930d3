// A value is a stranger's bytes: shown as text if it is text, else as a hex dump, and never as anything that a browser runs.

export interface Preview {
  readonly as: 'text' | 'hex';
  readonly text: string;
}

const HEX_ROW = 16;
const MAX_HEX_BYTES = 256; // sixteen rows; more says nothing more to a person

/** @param isCut the bytes are the beginning of more: a character that is cut at their end does not make them binary. */
export function previewOf(bytes: Uint8Array, isCut: boolean): Preview {
  const text = textOf(bytes, isCut);
  return text === undefined ? { as: 'hex', text: hexDump(bytes.subarray(0, MAX_HEX_BYTES)) } : { as: 'text', text };
}

export function bytesOfBase64(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

function textOf(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
    return isPrintable(text) ? text : undefined;
  } catch {
    return undefined; // not UTF-8
  }
}

/** Without control characters, but for those that text is laid out with. */
function isPrintable(text: string): boolean {
  return !/[^\P{Cc}\t\n\r]/u.test(text);
}

/** Offset, bytes, and what of them is ASCII, as `xxd` writes it. */
function hexDump(bytes: Uint8Array): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += HEX_ROW) {
    const row = [...bytes.subarray(at, at + HEX_ROW)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    rows.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(HEX_ROW * 3 - 1)}  ${ascii}`);
  }
  return rows.join('\n');
}

/** A key on one line: what cannot be seen is written as an escape, so that two keys never look alike by it. */
export function visible(key: string): string {
  return key === '' ? '(the empty key)' : key.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(char: string): string {
  return `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
