import { allPublic, type SyntaxLanguage } from "./language.ts";

export const bash: SyntaxLanguage = {
  name: "shell",
  grammar: "bash",
  isHeavy: true,
  query: `
(function_definition name: (word) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
(command name: (command_name (word) @reference.call))
(command name: (command_name (word) @_source) . argument: (_) @import.module (#match? @_source "^(source|[.])$"))
`,
  visibility: allPublic,
};
