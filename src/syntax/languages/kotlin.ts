import { kotlinUses } from "../uses/kotlin.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const kotlin: SyntaxLanguage = {
  name: "kotlin",
  grammar: "kotlin",
  isHeavy: true,
  query: `
(class_declaration name: (identifier) @name) @definition.class
(object_declaration name: (identifier) @name) @definition.class
(function_declaration name: (identifier) @name) @definition.function
(property_declaration (variable_declaration (identifier) @name)) @definition.property
(type_alias type: (identifier) @name) @definition.type
`,
  uses: kotlinUses,
  visibility: privateWhen(/(^|\s)private\s/),
};
