/** What makes the log of members, which write to a pipe, look as it does where this process writes itself. */
export interface Output {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export function outputOf(stdout: { readonly isTTY?: boolean }, format: string, env: NodeJS.ProcessEnv): Output {
  if (!stdout.isTTY) return { args: [], env };
  const isPlain = env.FORCE_COLOR !== undefined || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return {
    args: format === 'auto' ? ['--log-format', 'pretty'] : [],
    env: isPlain ? env : { ...env, FORCE_COLOR: '1' },
  };
}
