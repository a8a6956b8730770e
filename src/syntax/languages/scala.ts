import { scalaUses } from "../uses/scala.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const scala: SyntaxLanguage = {
  name: "scala",
  grammar: "scala",
  isHeavy: true,
  query: `
(class_definition name: (identifier) @name) @definition.class
(object_definition name: (identifier) @name) @definition.class
(trait_definition name: (identifier) @name) @definition.trait
(enum_definition name: (identifier) @name) @definition.enum
(function_definition name: (identifier) @name) @definition.function
(function_declaration name: (identifier) @name) @definition.function
(template_body (val_definition pattern: (identifier) @name) @definition.property)
(template_body (var_definition pattern: (identifier) @name) @definition.property)
(type_definition name: (type_identifier) @name) @definition.type
`,
  uses: scalaUses,
  visibility: privateWhen(/(^|\s)private\b/),
};
