// What a page tells its reader to type, done without the program curl, which a bare machine may lack.

/** `curl -X PUT --data-binary hello localhost:8081/x   # hello`: what to ask, and what the page says comes back. */
export interface CurlLine {
  readonly method: string;
  readonly body: string | undefined;
  readonly url: string;
  /** With `…` at the end, how it begins. undefined: the page does not say. */
  readonly answer: string | undefined;
}

/** @throws {Error} for what is more than these pages need. */
export function parseCurl(line: string): CurlLine {
  const [command, answer] = line.split(/\s+# /);
  const [curl, ...words] = command!.trim().split(/\s+/);
  if (curl !== 'curl') throw new Error(`no line of curl: ${line}`);
  let method = 'GET';
  let body: string | undefined;
  while (words.length > 1) {
    const [flag, value] = words.splice(0, 2);
    if (flag === '-X') method = value!;
    else if (flag === '--data-binary') body = value;
    else throw new Error(`what is ${flag}? ${line}`);
  }
  return { method, body, url: `http://${words[0]}`, answer };
}

export async function curl({ method, body, url }: CurlLine): Promise<string> {
  const response = await fetch(url, { method, body: body ?? null, signal: AbortSignal.timeout(60_000) });
  return (await response.text()).trimEnd();
}
