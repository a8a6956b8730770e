import { javaUses } from "../uses/java.ts";
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
`,
  uses: javaUses,
  visibility: privateWhen(/(^|\s)private\s/),
};
