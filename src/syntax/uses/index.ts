/* What each grammar says of names; a grammar without it has the uses that its query captures. */
import type { NameRules } from "../names/rules.ts";
import { bashRules } from "./bash.ts";
import { cRules } from "./c.ts";
import { cppRules } from "./cpp.ts";
import { csharpRules } from "./csharp.ts";
import { goRules } from "./go.ts";
import { javaRules } from "./java.ts";
import { javascriptRules } from "./javascript.ts";
import { kotlinRules } from "./kotlin.ts";
import { phpRules } from "./php.ts";
import { pythonRules } from "./python.ts";
import { rubyRules } from "./ruby.ts";
import { rustRules } from "./rust.ts";
import { scalaRules } from "./scala.ts";
import { swiftRules } from "./swift.ts";
import { typescriptRules } from "./typescript.ts";

/** By the name of the grammar. */
export const nameRules: Readonly<Record<string, NameRules>> = {
  typescript: typescriptRules,
  tsx: typescriptRules,
  javascript: javascriptRules,
  python: pythonRules,
  java: javaRules,
  go: goRules,
  rust: rustRules,
  c: cRules,
  cpp: cppRules,
  c_sharp: csharpRules,
  ruby: rubyRules,
  php: phpRules,
  kotlin: kotlinRules,
  swift: swiftRules,
  scala: scalaRules,
  bash: bashRules,
};
