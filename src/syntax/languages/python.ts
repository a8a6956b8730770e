import { pythonUses } from "../uses/python.ts";
import type { SyntaxLanguage } from "./language.ts";

export const python: SyntaxLanguage = {
  name: "python",
  grammar: "python",
  query: `
(function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc))?) @definition.function
(class_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc))?) @definition.class
(module (expression_statement (assignment left: (identifier) @name)) @definition.variable)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @definition.property))
`,
  uses: pythonUses,
  visibility: ({ name }) => (/^_(?!_.*__$)/.test(name) ? "private" : "public"),
};
