import { languageOfShared, languageOfShebang, modeOf } from "./language-by-text.ts";

/** Extensions by language, without the dot, lower case. The names are what a search hit shows. */
const extensionsOf: Readonly<Record<string, string>> = {
  ada: "adb ads",
  asciidoc: "adoc asciidoc",
  assembly: "asm s",
  astro: "astro",
  awk: "awk",
  batch: "bat cmd",
  c: "c h",
  clojure: "clj cljs cljc edn",
  cmake: "cmake",
  cpp: "cc cpp cxx c++ hh hpp hxx h++ inl ipp ino tpp tcc txx ixx cppm cxxm ccm mpp",
  crystal: "cr",
  csharp: "cs csx",
  css: "css",
  csv: "csv tsv",
  cuda: "cu cuh",
  d: "d",
  dart: "dart",
  elixir: "ex exs heex",
  elm: "elm",
  erlang: "erl hrl escript xrl yrl",
  fortran: "f f77 f90 f95 f03 f08 for",
  fsharp: "fs fsi fsx",
  gettext: "po pot",
  glsl: "glsl vert frag comp hlsl wgsl metal",
  go: "go",
  graphql: "graphql gql graphqls",
  groovy: "groovy gradle gvy gsh",
  haskell: "hs lhs",
  haxe: "hx",
  html: "html htm xhtml",
  ini: "ini cfg conf properties editorconfig",
  java: "java",
  javascript: "js mjs cjs jsx es es6 jsm",
  json: "json jsonc json5 jsonl ndjson geojson webmanifest",
  jupyter: "ipynb",
  julia: "jl",
  kotlin: "kt kts",
  latex: "tex sty cls bib",
  less: "less",
  lisp: "lisp lsp cl el scm ss rkt",
  lua: "lua luau rockspec",
  makefile: "mk mak make",
  markdown: "md markdown mdx mdc rmd qmd",
  matlab: "m",
  nim: "nim",
  nix: "nix",
  "objective-c": "mm",
  ocaml: "ml mli",
  org: "org",
  pascal: "pas pp dpr",
  perl: "pl pm t psgi",
  php: "php phtml php3 php4 php5 php7 phps",
  powershell: "ps1 psm1 psd1",
  prisma: "prisma",
  prolog: "pro",
  protobuf: "proto",
  python: "py pyi pyw pyx pxd wsgi",
  r: "r rprofile",
  restructuredtext: "rst",
  ruby: "rb rake gemspec erb ru podspec jbuilder rabl thor",
  rust: "rs",
  sass: "scss sass",
  scala: "scala sc sbt",
  shell: "sh bash zsh fish ksh bats command ebuild",
  solidity: "sol",
  sql: "sql",
  starlark: "bzl star bazel",
  svelte: "svelte",
  swift: "swift",
  tcl: "tcl",
  terraform: "tf tfvars hcl nomad tofu",
  text: "txt text log",
  toml: "toml",
  typescript: "ts tsx mts cts",
  verilog: "v sv svh vhd vhdl",
  vim: "vim",
  visualbasic: "vb vbs bas",
  vue: "vue",
  xml: "xml xsd xsl xslt svg plist csproj vcxproj props targets xaml",
  yaml: "yaml yml",
  zig: "zig",
};

/** Whole names that say more than an extension. */
const languageOfName: Readonly<Record<string, string>> = {
  appraisals: "ruby",
  berksfile: "ruby",
  brewfile: "ruby",
  capfile: "ruby",
  "cmakelists.txt": "cmake",
  containerfile: "dockerfile",
  dangerfile: "ruby",
  dockerfile: "dockerfile",
  fastfile: "ruby",
  gemfile: "ruby",
  gnumakefile: "makefile",
  "go.mod": "gomod",
  guardfile: "ruby",
  jenkinsfile: "groovy",
  makefile: "makefile",
  podfile: "ruby",
  rakefile: "ruby",
  sconscript: "python",
  sconstruct: "python",
  thorfile: "ruby",
  vagrantfile: "ruby",
  wscript: "python",
  ".bashrc": "shell",
  ".profile": "shell",
  ".zshrc": "shell",
  ".eslintrc": "json",
  ".prettierrc": "json",
  readme: "markdown",
};

/** In just these letters: "build" is many a script's name. */
const starlarkNames: ReadonlySet<string> = new Set(["BUCK", "BUILD", "Tiltfile", "WORKSPACE"]);

const languageOfExtension: ReadonlyMap<string, string> = new Map(
  Object.entries(extensionsOf).flatMap(([language, extensions]) =>
    extensions.split(" ").map((extension) => [extension, language] as const),
  ),
);

/**
 * Lower-case name of the language of a file; "text" when nothing says more. By its name, and with its text also by
 * that: scripts by their first line, endings that languages share by what is in them.
 */
export function languageOf(path: string, text?: string): string {
  const written = path.slice(path.lastIndexOf("/") + 1);
  if (starlarkNames.has(written)) return "starlark";
  const name = written.toLowerCase();
  const known = Object.hasOwn(languageOfName, name) ? languageOfName[name] : undefined;
  if (known !== undefined) return known;
  if (name.startsWith("dockerfile.") || name.endsWith(".dockerfile")) return "dockerfile";
  if (name.startsWith("makefile.")) return "makefile";
  // A template that a build fills in has the ending of what it becomes before its own.
  const ending = endingOf(name.endsWith(".in") ? name.slice(0, -3) : name);
  const byEnding = languageOfExtension.get(ending);
  if (text === undefined) return byEnding ?? "text";
  const byText = languageOfShared(ending, text);
  if (byText !== undefined) return byText;
  if (byEnding !== undefined) return byEnding;
  const mode = modeOf(text);
  return languageOfShebang(text) ?? (mode === undefined ? "text" : (languageNamed(mode) ?? "text"));
}

function endingOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1 || name.length);
}

/** What people call languages beside their names and endings. */
const otherNames: Readonly<Record<string, string>> = {
  "c#": "csharp",
  "c++": "cpp",
  bazel: "starlark",
  "f#": "fsharp",
  docker: "dockerfile",
  ecmascript: "javascript",
  golang: "go",
  hcl: "terraform",
  make: "makefile",
  node: "javascript",
  notebook: "jupyter",
  objc: "objective-c",
  objectivec: "objective-c",
  plaintext: "text",
  plain: "text",
  proto: "protobuf",
  rst: "restructuredtext",
  scss: "sass",
  vb: "visualbasic",
};

/** Every name that languageOf() can give, sorted. */
export const languageNames: readonly string[] = [
  ...new Set([...Object.keys(extensionsOf), ...Object.values(languageOfName), "dockerfile"]),
].sort();

/** The language somebody means by its name, a file's ending (with or without a dot) or a common name. */
export function languageNamed(word: string): string | undefined {
  const name = word.trim().toLowerCase().replace(/^\./, "");
  if (languageNames.includes(name)) return name;
  if (Object.hasOwn(otherNames, name)) return otherNames[name];
  return languageOfExtension.get(name);
}
