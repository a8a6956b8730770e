import { swiftUses } from "../uses/swift.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const names = `name: (pattern [(simple_identifier) @name (pattern (simple_identifier) @name)])`;

const functions: ReadonlySet<string> = new Set([
  "function_declaration",
  "protocol_function_declaration",
]);

export const swift: SyntaxLanguage = {
  name: "swift",
  grammar: "swift",
  isHeavy: true,
  query: `
(class_declaration declaration_kind: "struct" name: (type_identifier) @name) @definition.struct
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.enum
(class_declaration declaration_kind: "extension" name: (_) @name) @scope
(class_declaration name: (type_identifier) @name) @definition.class
(protocol_declaration name: (type_identifier) @name) @definition.interface
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(enum_entry name: (simple_identifier) @name) @definition.constant
(function_declaration) @name @definition.function
(protocol_function_declaration) @name @definition.function
(init_declaration "init" @name) @definition.constructor
(deinit_declaration "deinit" @name) @definition.method
(subscript_declaration "subscript" @name) @definition.method
(class_body (property_declaration ${names}) @definition.property)
(enum_class_body (property_declaration ${names}) @definition.property)
(protocol_property_declaration ${names}) @definition.property
(statements (property_declaration ${names} value: (lambda_literal)) @definition.function)
(typealias_declaration name: (type_identifier) @name) @definition.type
(operator_declaration (custom_operator) @name) @definition.declaration
(precedence_group_declaration (simple_identifier) @name) @definition.type
(macro_declaration (simple_identifier) @name) @definition.macro
`,
  topQuery: `(property_declaration ${names}) @definition.variable`,
  uses: swiftUses,
  innerName: (node, kind) => ({
    // Operators have names of many types of nodes.
    node: functions.has(node.type) ? (node.childForFieldName("name") ?? node) : node,
    kind,
  }),
  nameOf: (text) => ({ name: text.replace(/<.*>/, (generic, at) => (at > 0 ? "" : generic)) }),
  visibility: privateWhen(/(^|\s)(private|fileprivate)\s/),
};
