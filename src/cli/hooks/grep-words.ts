/* What a tool is about to search for: read off the words of a tool or of a shell, never run. */

export interface GrepSearch {
  pattern: string;
  /** Where, as it was said. */
  path: string | undefined;
}

/** Tools that search text, by client: Claude Code, Gemini CLI (two names), VS Code (two). */
const searchTools: ReadonlySet<string> = new Set([
  "Grep",
  "grep_search",
  "search_file_content",
  "findTextInFiles",
  "copilot_findTextInFiles",
]);

/** Tools that run a shell: Claude Code, Gemini CLI, VS Code. */
const shellTools: ReadonlySet<string> = new Set(["Bash", "run_shell_command", "run_in_terminal"]);

const longestCommand = 4_000;

/** undefined: it searches nothing in files. */
export function grepIn(
  tool: string,
  input: Readonly<Record<string, unknown>>,
): GrepSearch | undefined {
  const text = (...names: string[]): string | undefined =>
    names.map((name) => input[name]).find((one): one is string => typeof one === "string");
  if (searchTools.has(tool)) {
    const pattern = text("pattern", "query");
    return pattern === undefined ? undefined : { pattern, path: text("path", "dir_path") };
  }
  const command = shellTools.has(tool) ? text("command") : undefined;
  return command === undefined || command.length > longestCommand ? undefined : ofShell(command);
}

/** Options of grep and rg that a word follows. */
const withValue =
  /^(?:-[ABCmfgtTd]|--(?:context|after-context|before-context|max-count|file|glob|type|type-not|include|exclude|exclude-dir))$/u;

function ofShell(command: string): GrepSearch | undefined {
  for (const words of commandsOf(command)) {
    const [first = "", second = ""] = words;
    const isGit = first === "git" && second === "grep";
    if (!isGit && !/^(?:[efr]?grep|rg|ag|ack)$/u.test(first.replace(/^.*\//u, ""))) continue;
    const rest = words.slice(isGit ? 2 : 1);
    const plain: string[] = [];
    let pattern: string | undefined;
    for (let at = 0; at < rest.length; at += 1) {
      const word = rest[at] ?? "";
      if (word === "-e" || word === "--regexp") {
        at += 1;
        pattern ??= rest[at];
      } else if (withValue.test(word)) at += 1;
      else if (word === "--") {
        plain.push(...rest.slice(at + 1));
        break;
      } else if (!word.startsWith("-") || word === "-") plain.push(word);
    }
    pattern ??= plain.shift();
    if (pattern !== undefined) return { pattern, path: plain[0] };
  }
  return undefined;
}

/** The commands that read files: those behind a pipe read what another wrote. */
function commandsOf(command: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  let quote = "";
  let isPiped = false;
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (pipes: boolean): void => {
    endWord();
    if (words.length > 0 && !isPiped) commands.push(words);
    words = [];
    isPiped = pipes;
  };
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at] ?? "";
    const next = command[at + 1] ?? "";
    if (char === "\\" && quote !== "'") {
      word = (word ?? "") + next;
      at += 1;
    } else if (quote !== "") {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === "|") {
      if (next === "|") at += 1;
      endCommand(next !== "|");
    } else if (/[;&()\n]/u.test(char)) endCommand(false);
    else if (/\s/u.test(char)) endWord();
    else word = (word ?? "") + char;
  }
  endCommand(false);
  return commands;
}

/** What to ask the index instead; undefined: nothing that it knows better. */
export function questionOf(pattern: string): { text: string; isName: boolean } | undefined {
  const plain = pattern
    .replace(/\\[bsSwW<>]\+?\*?|[\^$]/gu, " ")
    .replace(/\\([().[\]{}|*+?/-])/gu, "$1")
    .trim();
  const name =
    /^(?:(?:async\s+|export\s+|static\s+|public\s+|private\s+)*(?:def|class|function|func|fn|struct|interface|type|enum|const|let|var)\s+)?([\p{L}_$][\p{L}\p{N}_$]{2,80})\s*[({:=]?\s*$/u.exec(
      plain,
    )?.[1];
  if (name !== undefined) return { text: name, isName: true };
  const words = plain
    .split(/[|\s.*+?()[\]{}"'`=,;:<>]+/u)
    .filter((word) => /^[\p{L}_$][\p{L}\p{N}_$-]{2,60}$/u.test(word));
  const letters = words.join("").length;
  // Mostly words, else it is a regular expression about signs.
  return words.length > 0 && letters * 2 >= plain.replace(/\s/gu, "").length
    ? { text: words.slice(0, 8).join(" "), isName: false }
    : undefined;
}
