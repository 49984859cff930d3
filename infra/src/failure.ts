// What is thrown is looked at by its fields, not by `instanceof Error`: Node's own errors come from another realm where
// a test runner gives each test file its own globals.

/** `ENOENT` and the like, or a SQLSTATE; undefined if the failure has no code. */
export function codeOf(failure: unknown): string | undefined {
  return (failure as NodeJS.ErrnoException | undefined)?.code;
}

export function messageOf(failure: unknown): string {
  return (failure as Error | undefined)?.message ?? String(failure);
}
