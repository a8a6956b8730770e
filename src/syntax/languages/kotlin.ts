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
(delegation_specifier [(user_type (identifier) @reference.inherit)
  (constructor_invocation (user_type (identifier) @reference.inherit))])
(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (identifier) @reference.call .))
(import (qualified_identifier) @import.module)
`,
  visibility: privateWhen(/(^|\s)private\s/),
};
