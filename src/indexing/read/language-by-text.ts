/* What a file's text says of its language where its name says nothing, or too little. */
import { headerLanguage } from "../../base/text/c-header.ts";

/** Interpreters by the languages they run; versions at their ends ("python3.12") are left out. */
const interpretersOf: Readonly<Record<string, string>> = {
  awk: "awk gawk mawk nawk",
  clojure: "clojure bb clj",
  elixir: "elixir",
  erlang: "escript",
  groovy: "groovy",
  haskell: "runghc runhaskell stack",
  javascript: "node nodejs qjs gjs",
  julia: "julia",
  kotlin: "kotlin kotlinc",
  lisp: "guile racket sbcl emacs csi",
  lua: "lua luajit texlua",
  makefile: "make gmake",
  ocaml: "ocaml ocamlrun",
  perl: "perl",
  php: "php",
  powershell: "pwsh powershell",
  python: "python pypy uv pythonw ipython",
  r: "Rscript littler",
  ruby: "ruby jruby macruby rake",
  rust: "rust-script",
  scala: "scala amm",
  shell: "sh bash zsh ksh dash ash fish mksh bats bash-static",
  swift: "swift",
  tcl: "tclsh wish expect",
  typescript: "deno bun ts-node tsx",
};

const languageOfInterpreter: ReadonlyMap<string, string> = new Map(
  Object.entries(interpretersOf).flatMap(([language, names]) =>
    names.split(" ").map((name) => [name, language] as const),
  ),
);

/** The language of "#!/usr/bin/env -S python3 -u"; undefined without one, or when it is not known. */
export function languageOfShebang(text: string): string | undefined {
  if (!text.startsWith("#!")) return undefined;
  const line = /^#!\s*([^\n\r]{1,200})/.exec(text)?.[1] ?? "";
  for (const word of line.split(/\s+/)) {
    const name = word.slice(word.lastIndexOf("/") + 1);
    // "env", its options, and what it sets come before the interpreter.
    if (name === "env" || name.startsWith("-") || word.includes("=")) continue;
    if (name === "nix-shell") return languageOfNixShell(text);
    return languageOfInterpreter.get(name.replace(/(?<=[A-Za-z])[-\d.]+$/, ""));
  }
  return undefined;
}

/** The second line of a script of nix-shell: "#! nix-shell -i bash -p curl". */
function languageOfNixShell(text: string): string | undefined {
  const name = /^#![^\n]*\n#!\s*nix-shell\b[^\n]*\s-i\s*([\w-]+)/.exec(text)?.[1];
  return name === undefined ? undefined : languageOfInterpreter.get(name.replace(/\d+$/, ""));
}

/** The word of an editor's line: "-*- mode: python -*-", "-*- C++ -*-", "vim: set ft=ruby:". Undefined without one. */
export function modeOf(text: string): string | undefined {
  const head = text.slice(0, 600).split("\n", 5).join("\n");
  const emacs = /-\*-\s*(?:.*?\bmode:\s*)?([\w+#.-]+?)\s*(?:;.*)?-\*-/i.exec(head)?.[1];
  if (emacs !== undefined && !/^(coding|tab-width)$/i.test(emacs)) return emacs;
  return /\b(?:vim?|ex):.*?\b(?:ft|filetype|syntax)=([\w+#-]+)/.exec(head)?.[1];
}

/** Endings that several languages share, and how their texts tell. */
const shared: Readonly<Record<string, (text: string) => string | undefined>> = {
  h: headerLanguage,
  inc: (text) =>
    isPhp(text) ? "php" : /^\s*#\s*(include|define|if)/m.test(text) ? "cpp" : undefined,
  install: (text) => (isPhp(text) ? "php" : undefined),
  m: (text) =>
    /^\s*(@(interface|implementation|protocol|import|class|end)\b|#\s*(import|include|define|pragma)\b|(typedef|extern|struct|enum|union)\s|static\s+\w)|^[\w* \t]+\([^()\n]*\)\s*\{/m.test(
      text,
    )
      ? "objective-c"
      : undefined,
  module: (text) => (isPhp(text) ? "php" : undefined),
  pl: (text) =>
    /^:-\s|^\w+(\([^)]*\))?\s*:-/m.test(text) && !/^\s*(use|sub|my)\s/m.test(text)
      ? "prolog"
      : undefined,
  profile: (text) => (isPhp(text) ? "php" : undefined),
  theme: (text) => (isPhp(text) ? "php" : undefined),
  ts: (text) => (text.startsWith("<?xml") ? "xml" : undefined),
};

function isPhp(text: string): boolean {
  return /^(#![^\n]*\n)?\s*<\?(php|=)/.test(text);
}

/** The language that the text of a file with this ending is in, where the ending alone does not say. */
export function languageOfShared(ending: string, text: string): string | undefined {
  return Object.hasOwn(shared, ending) ? shared[ending]?.(text) : undefined;
}
