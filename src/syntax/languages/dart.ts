import { dartUses } from "../uses/dart.ts";
import type { SyntaxLanguage } from "./language.ts";

export const dart: SyntaxLanguage = {
  name: "dart",
  grammar: "dart",
  query: `
(class_definition name: (identifier) @name) @definition.class
(class_definition (mixin_application_class . (identifier) @name)) @definition.class
(mixin_declaration (identifier) @name) @definition.trait
(extension_declaration name: (identifier) @name) @definition.class
(extension_type_declaration name: (identifier) @name) @definition.class
(enum_declaration name: (identifier) @name) @definition.enum
(enum_constant name: (identifier) @name) @definition.constant
(type_alias (type_identifier) @name . (formal_parameter_list)) @definition.type
(type_alias . (type_identifier) @name . ["=" (type_parameters)]) @definition.type
((method_signature [
  (function_signature name: (identifier) @name)
  (getter_signature name: (identifier) @name)
  (setter_signature name: (identifier) @name)
  (operator_signature ["[]" "[]=" "~" (binary_operator)] @name)
]) @definition.method . (function_body)? @end)
((method_signature (constructor_signature . name: (identifier) . (formal_parameter_list)) @_one) @definition.constructor
  . (function_body)? @end)
((method_signature (constructor_signature name: (identifier) @name . (formal_parameter_list))) @definition.constructor
  . (function_body)? @end)
((method_signature (factory_constructor_signature (identifier) @name . (formal_parameter_list))) @definition.constructor
  . (function_body)? @end)
(declaration [
  (constructor_signature name: (identifier) @name . (formal_parameter_list))
  (constant_constructor_signature (identifier) @name . (formal_parameter_list))
  (factory_constructor_signature (identifier) @name . (formal_parameter_list))
  (redirecting_factory_constructor_signature (identifier) @name . (formal_parameter_list))
]) @definition.constructor
(declaration [
  (function_signature name: (identifier) @name)
  (getter_signature name: (identifier) @name)
  (setter_signature name: (identifier) @name)
  (operator_signature ["[]" "[]=" "~" (binary_operator)] @name)
]) @definition.method
(declaration (initialized_identifier_list (initialized_identifier . (identifier) @name) @definition.property))
(declaration (static_final_declaration_list (static_final_declaration . (identifier) @name) @definition.property))
(declaration (identifier_list (identifier) @name @definition.property))
(representation_declaration name: (identifier) @name) @definition.property
((program [
  (function_signature name: (identifier) @name)
  (getter_signature name: (identifier) @name)
  (setter_signature name: (identifier) @name)
] @definition.function . (function_body)? @end))
(local_function_declaration (lambda_expression (function_signature name: (identifier) @name))) @definition.function
(program (static_final_declaration_list (static_final_declaration . (identifier) @name) @definition.constant))
(program (initialized_identifier_list (initialized_identifier . (identifier) @name) @definition.variable))
`,
  uses: dartUses,
  visibility: ({ name }) => (name.startsWith("_") ? "private" : "public"),
};
