/*
 * Packages whose code sets are made of, each with its licence and the split that all of it belongs to. They are got by
 * their package managers (fetch.ts) and stay outside of the repository. One that is used twice is of one split.
 */
import type { Split } from "../source-text.ts";

export type Manager = "pip" | "npm" | "cargo" | "go" | "maven" | "apt";

export interface Source {
  name: string;
  /** Of apt whatever the machine's release has. */
  version?: string;
  manager: Manager;
  licence: string;
  /** Its doc comments are asked for: the language, and where its code lies (default: all of it). */
  language?: Language;
  below?: string;
  /** Descriptions of its patches are asked for the files that they change. */
  hasPatches?: boolean;
  split: Split;
}

export const languages = {
  Python: [".py"],
  JavaScript: [".js", ".mjs"],
  TypeScript: [".ts"],
  Go: [".go"],
  Rust: [".rs"],
  Java: [".java"],
  C: [".c"],
  "C++": [".cc", ".cpp", ".h", ".hpp"],
  "C#": [".cs"],
  Ruby: [".rb"],
  PHP: [".php"],
} as const;
export type Language = keyof typeof languages;

const documented = (
  language: Language,
  manager: Manager,
  rows: readonly (readonly [Split, string, string, string, string?])[],
): Source[] =>
  rows.map(([split, name, version, licence, below]) => ({
    split,
    name,
    version,
    licence,
    manager,
    language,
    ...(below !== undefined && { below }),
  }));

const patched = (rows: readonly (readonly [Split, string, string])[]): Source[] =>
  rows.map(([split, name, licence]) => ({
    split,
    name,
    licence,
    manager: "apt",
    hasPatches: true,
  }));

export const sources: readonly Source[] = [
  ...documented("Python", "pip", [
    ["learn", "networkx", "3.4.2", "BSD-3-Clause"],
    ["learn", "werkzeug", "3.1.3", "BSD-3-Clause"],
    ["check", "rich", "13.9.4", "MIT"],
    ["report", "click", "8.1.8", "BSD-3-Clause"],
    ["report", "httpx", "0.28.1", "BSD-3-Clause"],
  ]),
  ...documented("JavaScript", "npm", [
    ["learn", "ramda", "0.30.1", "MIT", "src"],
    ["check", "lodash", "4.17.21", "MIT"],
    ["report", "moment", "2.30.1", "MIT", "src"],
    ["report", "mathjs", "14.0.1", "Apache-2.0", "lib/cjs"],
  ]),
  ...documented("TypeScript", "npm", [
    ["learn", "rxjs", "7.8.1", "Apache-2.0", "src"],
    ["check", "mobx", "6.13.5", "MIT", "src"],
    ["report", "immer", "10.1.1", "MIT", "src"],
    ["report", "@angular-devkit/core", "19.0.0", "MIT", "src"],
    ["report", "fast-check", "3.23.1", "MIT"],
  ]),
  ...documented("Go", "go", [
    ["learn", "go.uber.org/zap", "v1.27.0", "MIT"],
    ["learn", "golang.org/x/text", "v0.21.0", "BSD-3-Clause"],
    ["check", "golang.org/x/net", "v0.33.0", "BSD-3-Clause"],
    ["report", "golang.org/x/tools", "v0.28.0", "BSD-3-Clause"],
  ]),
  ...documented("Rust", "cargo", [
    ["learn", "itertools", "0.13.0", "MIT OR Apache-2.0"],
    ["learn", "bytes", "1.9.0", "MIT"],
    ["check", "indexmap", "2.7.0", "MIT OR Apache-2.0"],
    ["check", "smallvec", "1.13.2", "MIT OR Apache-2.0"],
    ["report", "regex-automata", "0.4.9", "MIT OR Apache-2.0"],
  ]),
  ...documented("Java", "maven", [
    ["learn", "org.apache.commons:commons-lang3", "3.17.0", "Apache-2.0"],
    ["check", "org.apache.commons:commons-csv", "1.12.0", "Apache-2.0"],
    ["check", "commons-io:commons-io", "2.16.1", "Apache-2.0"],
    ["report", "com.google.guava:guava", "33.3.1-jre", "Apache-2.0"],
  ]),
  ...documented("C", "apt", [
    ["learn", "lwip", "", "BSD-3-Clause", "src"],
    ["check", "libxml2", "", "MIT"],
    ["report", "cups", "", "Apache-2.0"],
  ]),
  ...documented("C++", "apt", [
    ["learn", "leveldb", "", "BSD-3-Clause"],
    ["learn", "re2", "", "BSD-3-Clause"],
    ["check", "box2d", "", "MIT"],
    ["report", "abseil", "", "Apache-2.0"],
  ]),
  ...documented("C#", "apt", [
    ["learn", "thrift", "", "Apache-2.0", "lib"],
    ["report", "protobuf", "", "BSD-3-Clause", "csharp/src"],
  ]),
  ...documented("Ruby", "apt", [
    ["learn", "thrift", "", "Apache-2.0", "lib/rb"],
    ["report", "ruby-nokogiri", "", "MIT", "lib"],
  ]),
  ...documented("PHP", "apt", [
    ["learn", "php-league-commonmark", "", "BSD-3-Clause"],
    ["learn", "php-monolog", "", "MIT"],
    ["check", "php-twig", "", "BSD-3-Clause"],
    ["report", "php-guzzlehttp-psr7", "", "MIT"],
  ]),
  ...patched([
    ["learn", "openssh", "BSD-2-Clause"],
    ["learn", "curl", "curl"],
    ["learn", "jetty9", "Apache-2.0"],
    ["check", "tiff", "libtiff"],
    ["check", "libarchive", "BSD-2-Clause"],
    ["check", "libxml2", "MIT"],
    ["report", "krb5", "MIT"],
    ["report", "xorg-server", "MIT"],
    ["report", "wpa", "BSD-3-Clause"],
    ["report", "cups", "Apache-2.0"],
  ]),
];
