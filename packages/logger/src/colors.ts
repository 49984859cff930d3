import pc from 'picocolors';

export type Colors = ReturnType<typeof pc.createColors>;

/**
 * Colours for what is written to a stream: if it is a terminal, or FORCE_COLOR says so, and NO_COLOR does not forbid it
 * (https://no-color.org). Unlike picocolors by itself, which colours what a CI job pipes to another program.
 */
export function colorsFor({ isTTY = false }: { isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv): Colors {
  return pc.createColors(hasColors(isTTY, env));
}

export function isForced({ FORCE_COLOR }: NodeJS.ProcessEnv): boolean {
  return FORCE_COLOR !== undefined && !['', '0', 'false'].includes(FORCE_COLOR);
}

function hasColors(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  if (isForced(env)) return true;
  const isRefused = env.FORCE_COLOR === '0' || env.FORCE_COLOR === 'false' || (env.NO_COLOR ?? '') !== '';
  return isTerminal && !isRefused && env.TERM !== 'dumb';
}
