import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const csharp: SyntaxLanguage = {
  name: "csharp",
  grammar: "c_sharp",
  isHeavy: true,
  query: `
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(delegate_declaration name: (identifier) @name) @definition.type
(namespace_declaration name: (_) @name) @scope
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(property_declaration name: (identifier) @name) @definition.property
(field_declaration (variable_declaration (variable_declarator name: (identifier) @name))) @definition.property
(local_function_statement name: (identifier) @name) @definition.function
(base_list [(identifier) @reference.inherit (generic_name (identifier) @reference.inherit)])
(invocation_expression function: [(identifier) @reference.call
  (member_access_expression name: (identifier) @reference.call)
  (member_access_expression name: (generic_name (identifier) @reference.call))])
(object_creation_expression type: [(identifier) @reference.call (generic_name (identifier) @reference.call)])
(parameter type: (identifier) @reference.type)
(using_directive [(identifier) (qualified_name)] @import.module)
`,
  visibility: privateWhen(/(^|\s)private\s/),
};
