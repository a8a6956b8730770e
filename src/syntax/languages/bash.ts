import { bashUses } from "../uses/bash.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

export const bash: SyntaxLanguage = {
  name: "shell",
  grammar: "bash",
  isHeavy: true,
  query: `
(function_definition name: (word) @name) @definition.function
(program (variable_assignment name: (variable_name) @name) @definition.variable)
`,
  uses: bashUses,
  visibility: allPublic,
};
