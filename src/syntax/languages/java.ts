import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const java: SyntaxLanguage = {
  name: "java",
  grammar: "java",
  query: `
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.property
(method_invocation name: (identifier) @reference.call)
(object_creation_expression type: [(type_identifier) @reference.call (generic_type (type_identifier) @reference.call)])
(superclass [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)])
(type_list [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)])
(formal_parameter type: (type_identifier) @reference.type)
(method_declaration type: (type_identifier) @reference.type)
(import_declaration (scoped_identifier scope: (_) @import.module name: (identifier) @import.name))
`,
  visibility: privateWhen(/(^|\s)private\s/),
};
