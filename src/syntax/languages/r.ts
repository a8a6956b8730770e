import { rUses } from "../uses/r.ts";
import type { SyntaxLanguage } from "./language.ts";

const call = (words: string, rest: string): string =>
  `(call function: [(identifier) @_call (namespace_operator rhs: (identifier) @_call)]
  arguments: (arguments . (argument value: (string content: (string_content) @name)) ${rest}) (#any-of? @_call ${words}))`;

export const r: SyntaxLanguage = {
  name: "r",
  grammar: "r",
  query: `
(binary_operator lhs: [(identifier) @name (string content: (string_content) @name)] operator: ["<-" "=" "<<-" ":="]
  rhs: (function_definition)) @definition.function
(binary_operator lhs: (extract_operator lhs: (_) @container rhs: (identifier) @name) operator: ["<-" "=" "<<-"]
  rhs: (function_definition)) @definition.function
(function_definition body: (binary_operator operator: ["->" "->>"] rhs: (identifier) @name)) @definition.function
(binary_operator lhs: (function_definition) operator: ["->" "->>"] rhs: (identifier) @name) @definition.function
(binary_operator lhs: (identifier) @name operator: ["<-" "=" "<<-"]
  rhs: (call function: [(identifier) @_call (namespace_operator rhs: (identifier) @_call)])
  (#any-of? @_call "R6Class" "setRefClass" "setClass" "new_class")) @definition.class
(program (binary_operator lhs: [(identifier) @name (string content: (string_content) @name)] operator: ["<-" "=" "<<-"]) @definition.variable)
(program (binary_operator operator: ["->" "->>"] rhs: (identifier) @name) @definition.variable)
(program ${call('"assign" "delayedAssign" "makeActiveBinding"', "")} @definition.variable)
(call function: (identifier) @_class arguments: (arguments (argument value: (call function: (identifier) @_list
  arguments: (arguments (argument name: (identifier) @name) @definition.property))))
  (#any-of? @_class "setClass" "setRefClass") (#eq? @_list "representation"))
${call('"setClass" "setClassUnion" "setRefClass"', "")} @definition.class
${call('"setGeneric" "setValidity"', "")} @definition.function
(call function: (identifier) @_call arguments: (arguments
    . (argument value: (string content: (string_content) @name))
    . (comma) . (argument value: [
      (string content: (string_content) @container)
      (call arguments: (arguments . (argument value: (string content: (string_content) @container))))]))
  (#any-of? @_call "setMethod" "setReplaceMethod")) @definition.method
(call function: (identifier) @_call arguments: (arguments . (argument value: (string content: (string_content) @name)))
  (#any-of? @_call "test_that" "describe" "it")) @definition.section
(call function: [(identifier) @_class (namespace_operator rhs: (identifier) @_class)] arguments: (arguments (argument
  name: (identifier) value: (call function: (identifier) @_list arguments: (arguments
    (argument name: (identifier) @name value: (function_definition)) @definition.method))))
  (#any-of? @_class "R6Class" "setRefClass") (#any-of? @_list "list" "c"))
(call function: [(identifier) @_class (namespace_operator rhs: (identifier) @_class)] arguments: (arguments (argument
  name: (identifier) value: (call function: (identifier) @_list arguments: (arguments
    (argument name: (identifier) @name) @definition.property))))
  (#any-of? @_class "R6Class" "setRefClass" "setClass" "new_class") (#any-of? @_list "list" "c" "representation"))
`,
  uses: rUses,
  visibility: ({ name }) => (name.startsWith(".") ? "private" : "public"),
};
