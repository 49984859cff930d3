// Completion scripts, made of the commands as they are: one that is added is completed too.

import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface Completed {
  /** Of the command: `config print`. */
  readonly path: string;
  readonly description: string;
  readonly flags: readonly {
    readonly names: readonly string[];
    readonly description: string;
    readonly values: string[];
  }[];
}

/** @returns a script to be sourced, or put where the shell looks for it. */
export function completionFor(shell: Shell, program: Command): string {
  const commands = commandsOf(program, '');
  return { bash, zsh, fish }[shell](program.name(), commands);
}

function commandsOf(command: Command, prefix: string): Completed[] {
  return command.commands.flatMap((each) => {
    const path = `${prefix}${each.name()}`;
    const flags = each.options.map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined && name !== null),
      description: option.description,
      values: option.argChoices ?? [],
    }));
    return [{ path, description: each.description(), flags }, ...commandsOf(each, `${path} `)];
  });
}

/** Words that may follow `path`, one command deep. */
function subcommands(commands: readonly Completed[], path: string): string[] {
  const prefix = path === '' ? '' : `${path} `;
  return commands
    .filter((each) => each.path.startsWith(prefix) && !each.path.slice(prefix.length).includes(' '))
    .map((each) => each.path.slice(prefix.length));
}

function bash(name: string, commands: readonly Completed[]): string {
  const cases = ['', ...commands.map(({ path }) => path)].map((path) => {
    const flags = commands.find((each) => each.path === path)?.flags.flatMap(({ names }) => names) ?? ['--help'];
    return `    ${quoted(path)}) words=${quoted([...subcommands(commands, path), ...flags].join(' '))} ;;`;
  });
  const values = new Map(
    commands
      .flatMap(({ flags }) => flags)
      .flatMap(({ names, values: of }) => (of.length > 0 ? [[names.join('|'), of]] : [])),
  );
  const valueCases = [...values].map(([names, of]) => `    ${names}) words=${quoted(of.join(' '))} ;;`);
  return `# bash completion of ${name}: source <(${name} completion bash)
_${name}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${path:+$path }\${COMP_WORDS[i]}" in
    ${commands.map(({ path }) => quoted(path)).join('|')}) path="\${path:+$path }\${COMP_WORDS[i]}" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  case "$before" in
${valueCases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, commands: readonly Completed[]): string {
  return `#compdef ${name}
# zsh completion of ${name}: source <(${name} completion zsh)
autoload -U +X bashcompinit && bashcompinit
${bash(name, commands).split('\n').slice(1).join('\n')}`;
}

function fish(name: string, commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ path, description, flags }) => {
    const parts = path.split(' ');
    const parent = parts.slice(0, -1);
    const siblings = subcommands(commands, parent.join(' ')).join(' ');
    const where = [
      ...parent.map((part) => `__fish_seen_subcommand_from ${part}`),
      `not __fish_seen_subcommand_from ${siblings}`,
    ];
    const here = parts.map((part) => `__fish_seen_subcommand_from ${part}`).join('; and ');
    const own = flags.map(({ names, description: text, values }) => {
      const spelled = names.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
      const choices = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : '';
      return `complete -c ${name} -n ${quoted(here)} ${spelled.join(' ')}${choices} -d ${quoted(text)}`;
    });
    return [
      `complete -c ${name} -f -n ${quoted(where.join('; and '))} -a ${quoted(parts.at(-1)!)} -d ${quoted(description)}`,
      ...own,
    ];
  });
  return `# fish completion of ${name}: ${name} completion fish | source\n${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
