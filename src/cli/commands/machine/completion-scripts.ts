/*
 * Scripts by which shells complete commands, flags and their choices. They are made from the program itself, so
 * they know what it knows; nothing of ours runs while a shell completes.
 */
import type { Command } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Flag {
  names: string[];
  says: string;
  takesValue: boolean;
  choices: readonly string[];
}

interface Verb {
  /** "memories list". */
  path: string;
  says: string;
  flags: Flag[];
  /** Names of commands below it. */
  below: string[];
  /** Its arguments are files or folders. */
  takesFiles: boolean;
}

/** The script for a shell. */
export function completionScript(program: Command, shell: Shell): string {
  const verbs = verbsOf(program);
  if (shell === "bash") return bash(verbs);
  return shell === "zsh" ? zsh(verbs) : fish(verbs);
}

function verbsOf(program: Command): Verb[] {
  const read = (command: Command, path: string): Verb[] => {
    const help = command.createHelp();
    const below = help.visibleCommands(command).filter((one) => one.name() !== "help");
    const flags = help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].flatMap((name) => name ?? []),
      says: firstSentence(option.description),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    }));
    const takesFiles = command.registeredArguments.some((argument) =>
      /^(path|file|folder)s?$/.test(argument.name()),
    );
    const names = below.map((one) => one.name());
    const own = {
      path,
      says: firstSentence(command.description()),
      flags,
      below: names,
      takesFiles,
    };
    return [own, ...below.flatMap((one) => read(one, `${path} ${one.name()}`.trim()))];
  };
  return read(program, "");
}

function firstSentence(text: string): string {
  return (text.split(/[;(\n]/)[0] as string).trim().replace(/["'`$\\:]/g, "");
}

const wordsOf = ({ below, flags }: Verb): string =>
  [...below, ...flags.flatMap(({ names }) => names)].join(" ");

/** "-k" and "--limit" of a command, with the choices of their value. */
const valued = (verb: Verb): Flag[] => verb.flags.filter(({ takesValue }) => takesValue);

function bash(verbs: readonly Verb[]): string {
  const words = verbs.map((verb) => `    "${verb.path}") words="${wordsOf(verb)}" ;;`);
  const values = verbs.flatMap((verb) =>
    valued(verb).flatMap(({ names, choices }) =>
      names.map((name) =>
        choices.length === 0
          ? `    "${verb.path} ${name}") files=1 ;;`
          : `    "${verb.path} ${name}") words="${choices.join(" ")}" ;;`,
      ),
    ),
  );
  const files = verbs.filter(({ takesFiles }) => takesFiles).map(({ path }) => `"${path}"`);
  const known = verbs.map(({ path }) => `"${path}"`).join("|");
  return `# bash completion for haypile:  haypile completion bash > ~/.local/share/bash-completion/completions/haypile
_haypile() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  local path="" words="" files="" word candidate
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    candidate="\${path:+$path }$word"
    case "$candidate" in ${known}) path="$candidate" ;; esac
  done
  case "$path $before" in
${values.join("\n")}
  esac
  if [ -z "$words$files" ]; then
    case "$path" in
${words.join("\n")}
    esac
    case "$path" in ${files.join("|")}) files=1 ;; esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] && [ "\${current#-}" = "$current" ]; then
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _haypile haypile
`;
}

function zsh(verbs: readonly Verb[]): string {
  const cases = verbs.map((verb) => {
    const flags = verb.flags.flatMap(({ names, says, takesValue, choices }) =>
      names.map((name) => {
        const value = choices.length > 0 ? `:value:(${choices.join(" ")})` : ":value:_files";
        return `'${name}[${says.replace(/[[\]]/g, "")}]${takesValue ? value : ""}'`;
      }),
    );
    const rest =
      verb.below.length > 0 && verb.takesFiles
        ? `'1: :_alternative "commands:command:(${verb.below.join(" ")})" "files:file:_files"' '*:file:_files'`
        : verb.below.length > 0
          ? `'*::command:(${verb.below.join(" ")})'`
          : verb.takesFiles
            ? "'*:file:_files'"
            : "'*: :'";
    return `    "${verb.path}") _arguments ${[...flags, rest].join(" ")} ;;`;
  });
  const known = verbs.map(({ path }) => `"${path}"`).join("|");
  return `#compdef haypile
# zsh completion for haypile:  haypile completion zsh > a folder of $fpath, as _haypile
_haypile() {
  local verb="" word candidate
  for word in "\${words[@]:1:$((CURRENT - 2))}"; do
    candidate="\${verb:+$verb }$word"
    case "$candidate" in ${known}) verb="$candidate" ;; esac
  done
  case "$verb" in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = "_haypile" ]; then _haypile "$@"; else compdef _haypile haypile; fi
`;
}

function fish(verbs: readonly Verb[]): string {
  const lines = verbs.flatMap((verb) => {
    const [first, second] = verb.path.split(" ");
    const top = verb.below.length > 0 && first !== "" ? verb.below.join(" ") : "";
    const condition =
      first === ""
        ? "__fish_use_subcommand"
        : second !== undefined
          ? `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`
          : top === ""
            ? `__fish_seen_subcommand_from ${first}`
            : `__fish_seen_subcommand_from ${first}; and not __fish_seen_subcommand_from ${top}`;
    const start = `complete -c haypile -n '${condition}'`;
    const below = verb.below.map((name) => {
      const path = `${verb.path} ${name}`.trim();
      const says = verbs.find((one) => one.path === path)?.says ?? "";
      return `${start} -f -a '${name}' -d '${says}'`;
    });
    const flags = verb.flags.map(({ names, says, takesValue, choices }) => {
      const parts = names.map((name) =>
        name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
      );
      const value = takesValue
        ? choices.length > 0
          ? ` -x -a '${choices.join(" ")}'`
          : " -r"
        : "";
      return `${start} ${parts.join(" ")}${value} -d '${says}'`;
    });
    return [...below, ...flags];
  });
  return `# fish completion for haypile:  haypile completion fish > ~/.config/fish/completions/haypile.fish
${lines.join("\n")}
`;
}
