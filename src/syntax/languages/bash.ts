import { bashUses } from "../uses/bash.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

/** Not commands: what stands before one is for that alone. */
const holders = [
  "program",
  "if_statement",
  "elif_clause",
  "else_clause",
  "do_group",
  "case_item",
  "compound_statement",
  "list",
  "variable_assignments",
];

export const bash: SyntaxLanguage = {
  name: "shell",
  grammar: "bash",
  isHeavy: true,
  definesOnce: true,
  query: `
(function_definition name: (word) @name) @definition.function
${holders.map((holder) => `(${holder} (variable_assignment name: (variable_name) @name) @definition.variable)`).join("\n")}
(declaration_command [(variable_assignment name: (variable_name) @name) (variable_name) @name] @definition.variable) @outer
(command name: (command_name (word) @_alias) argument: [(concatenation . (word) @name) (word) @name]
  (#eq? @_alias "alias") (#match? @name "=")) @definition.function
`,
  uses: bashUses,
  nameOf: (text) => ({ name: (text.split("=")[0] as string).trim() }),
  visibility: allPublic,
};
