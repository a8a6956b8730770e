import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const php: SyntaxLanguage = {
  name: "php",
  grammar: "php",
  isHeavy: true,
  query: `
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(namespace_definition name: (namespace_name) @name) @scope
(property_declaration (property_element (variable_name (name) @name))) @definition.property
(const_declaration (const_element (name) @name)) @definition.constant
(base_clause (name) @reference.inherit)
(class_interface_clause (name) @reference.inherit)
(function_call_expression function: (name) @reference.call)
(member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(object_creation_expression (name) @reference.call)
(namespace_use_declaration (namespace_use_clause (qualified_name prefix: (_) @import.module (name) @import.name)))
`,
  visibility: privateWhen(/(^|\s)(private|protected)\s/),
};
