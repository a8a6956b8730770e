/* The languages that code is coloured in. */
import { Prism } from "./prism.ts";
import "prismjs/components/prism-markup";
import "prismjs/components/prism-css";
import "prismjs/components/prism-clike";
import "prismjs/components/prism-javascript";
import "prismjs/components/prism-jsx";
import "prismjs/components/prism-typescript";
import "prismjs/components/prism-tsx";
import "prismjs/components/prism-python";
import "prismjs/components/prism-java";
import "prismjs/components/prism-c";
import "prismjs/components/prism-cpp";
import "prismjs/components/prism-csharp";
import "prismjs/components/prism-go";
import "prismjs/components/prism-rust";
import "prismjs/components/prism-ruby";
import "prismjs/components/prism-kotlin";
import "prismjs/components/prism-swift";
import "prismjs/components/prism-scala";
import "prismjs/components/prism-lua";
import "prismjs/components/prism-json";
import "prismjs/components/prism-yaml";
import "prismjs/components/prism-toml";
import "prismjs/components/prism-bash";
import "prismjs/components/prism-sql";
import "prismjs/components/prism-docker";
import "prismjs/components/prism-makefile";

/** By the names that hits have where they are others. */
const others: Readonly<Record<string, string>> = {
  html: "markup",
  xml: "markup",
  svg: "markup",
  vue: "markup",
  svelte: "markup",
  scss: "css",
  less: "css",
  "c++": "cpp",
  "c#": "csharp",
  "c-sharp": "csharp",
  shell: "bash",
  sh: "bash",
  zsh: "bash",
  dockerfile: "docker",
  make: "makefile",
  jsonc: "json",
  groovy: "java",
  dart: "java",
  php: "clike",
  zig: "clike",
  "objective-c": "c",
  solidity: "clike",
};

export function grammarOf(language: string): Grammar | undefined {
  const name = others[language] ?? language;
  return Object.hasOwn(Prism.languages, name) ? (Prism.languages[name] as Grammar) : undefined;
}

export type Grammar = (typeof Prism.languages)[string];
