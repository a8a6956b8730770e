import { phpUses } from "../uses/php.ts";
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
`,
  uses: phpUses,
  visibility: privateWhen(/(^|\s)(private|protected)\s/),
};
