/* Languages without a packaged grammar, or better read without: their definitions are read off the lines. */
import type { ParsedFile } from "../../ports/syntax.ts";
import { documented } from "../languages/finish.ts";
import { clojureDefinitions } from "./clojure.ts";
import { cmakeDefinitions } from "./cmake.ts";
import { dockerfileDefinitions } from "./dockerfile.ts";
import { erlangDefinitions } from "./erlang.ts";
import { fortranDefinitions } from "./fortran.ts";
import { goModule } from "./gomod.ts";
import { graphqlDefinitions } from "./graphql.ts";
import { groovyDefinitions } from "./groovy.ts";
import { latexDefinitions } from "./latex.ts";
import { makefileDefinitions } from "./makefile.ts";
import { markdownSections } from "./markdown.ts";
import { protobufDefinitions } from "./protobuf.ts";
import { sqlDefinitions } from "./sql.ts";

const readers: Readonly<Record<string, (text: string) => ParsedFile>> = {
  clojure: clojureDefinitions,
  cmake: cmakeDefinitions,
  dockerfile: dockerfileDefinitions,
  erlang: erlangDefinitions,
  fortran: fortranDefinitions,
  graphql: (text) => documented(graphqlDefinitions(text), text),
  groovy: groovyDefinitions,
  latex: latexDefinitions,
  makefile: makefileDefinitions,
  gomod: goModule,
  markdown: markdownSections,
  protobuf: protobufDefinitions,
  sql: sqlDefinitions,
};

/** The reader for a language, or undefined. */
export function linesDefine(language: string): ((text: string) => ParsedFile) | undefined {
  return Object.hasOwn(readers, language) ? readers[language] : undefined;
}
