import { csharpUses } from "../uses/csharp.ts";
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
`,
  uses: csharpUses,
  visibility: privateWhen(/(^|\s)private\s/),
};
