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
  cpp: "cc cpp cxx c++ hh hpp hxx h++ inl ipp ino",
  crystal: "cr",
  csharp: "cs csx",
  css: "css",
  csv: "csv tsv",
  cuda: "cu cuh",
  d: "d",
  dart: "dart",
  elixir: "ex exs heex",
  elm: "elm",
  erlang: "erl hrl",
  fortran: "f f77 f90 f95 f03 f08 for",
  fsharp: "fs fsi fsx",
  gettext: "po pot",
  glsl: "glsl vert frag comp hlsl wgsl metal",
  go: "go",
  graphql: "graphql gql",
  groovy: "groovy gradle",
  haskell: "hs lhs",
  haxe: "hx",
  html: "html htm xhtml",
  ini: "ini cfg conf properties editorconfig",
  java: "java",
  javascript: "js mjs cjs jsx",
  json: "json jsonc json5 jsonl ndjson geojson webmanifest",
  julia: "jl",
  kotlin: "kt kts",
  latex: "tex sty cls bib",
  less: "less",
  lisp: "lisp lsp cl el scm ss rkt",
  lua: "lua",
  markdown: "md markdown mdx mdc",
  matlab: "m",
  nim: "nim",
  nix: "nix",
  ocaml: "ml mli",
  org: "org",
  pascal: "pas pp dpr",
  perl: "pl pm t",
  php: "php phtml",
  powershell: "ps1 psm1 psd1",
  prisma: "prisma",
  prolog: "pro",
  protobuf: "proto",
  python: "py pyi pyw pyx pxd",
  r: "r rmd",
  restructuredtext: "rst",
  ruby: "rb rake gemspec erb",
  rust: "rs",
  sass: "scss sass",
  scala: "scala sc sbt",
  shell: "sh bash zsh fish ksh",
  solidity: "sol",
  sql: "sql",
  svelte: "svelte",
  swift: "swift",
  tcl: "tcl",
  terraform: "tf tfvars hcl",
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
  "cmakelists.txt": "cmake",
  dockerfile: "dockerfile",
  containerfile: "dockerfile",
  gemfile: "ruby",
  gnumakefile: "makefile",
  "go.mod": "gomod",
  jenkinsfile: "groovy",
  makefile: "makefile",
  rakefile: "ruby",
  vagrantfile: "ruby",
  ".bashrc": "shell",
  ".profile": "shell",
  ".zshrc": "shell",
  ".eslintrc": "json",
  ".prettierrc": "json",
  readme: "markdown",
};

const languageOfExtension: ReadonlyMap<string, string> = new Map(
  Object.entries(extensionsOf).flatMap(([language, extensions]) =>
    extensions.split(" ").map((extension) => [extension, language] as const),
  ),
);

/** Lower-case name of the language by the file's name; "text" when it says nothing. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const known = Object.hasOwn(languageOfName, name) ? languageOfName[name] : undefined;
  if (known !== undefined) return known;
  if (name.startsWith("dockerfile.") || name.endsWith(".dockerfile")) return "dockerfile";
  if (name.startsWith("makefile.") || name.endsWith(".mk")) return "makefile";
  const dot = name.lastIndexOf(".");
  return (dot < 0 ? undefined : languageOfExtension.get(name.slice(dot + 1))) ?? "text";
}

/** What people call languages beside their names and endings. */
const otherNames: Readonly<Record<string, string>> = {
  "c#": "csharp",
  "c++": "cpp",
  "f#": "fsharp",
  docker: "dockerfile",
  ecmascript: "javascript",
  golang: "go",
  hcl: "terraform",
  make: "makefile",
  node: "javascript",
  plaintext: "text",
  plain: "text",
  proto: "protobuf",
  rst: "restructuredtext",
  scss: "sass",
  vb: "visualbasic",
};

/** Every name that languageOf() can give, sorted. */
export const languageNames: readonly string[] = [
  ...new Set([
    ...Object.keys(extensionsOf),
    ...Object.values(languageOfName),
    "dockerfile",
    "makefile",
  ]),
].sort();

/** The language somebody means by its name, a file's ending (with or without a dot) or a common name. */
export function languageNamed(word: string): string | undefined {
  const name = word.trim().toLowerCase().replace(/^\./, "");
  if (languageNames.includes(name)) return name;
  if (Object.hasOwn(otherNames, name)) return otherNames[name];
  return languageOfExtension.get(name);
}
