import { csharpUses } from "../uses/csharp.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const declarator = "(variable_declaration (variable_declarator name: (identifier) @name)";

export const csharp: SyntaxLanguage = {
  name: "csharp",
  grammar: "c_sharp",
  isHeavy: true,
  query: `
(namespace_declaration name: (_) @name) @definition.namespace
(file_scoped_namespace_declaration name: (_) @name) @definition.declaration
(using_directive name: (identifier) @name) @definition.type
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(struct_declaration name: (identifier) @name) @definition.struct
(interface_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(enum_member_declaration name: (identifier) @name) @definition.constant
(delegate_declaration name: (identifier) @name) @definition.type
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.constructor
(destructor_declaration name: (identifier) @name) @definition.method
(operator_declaration operator: _ @name) @definition.method
(conversion_operator_declaration type: (_) @name) @definition.method
(indexer_declaration "this" @name) @definition.property
(property_declaration name: (identifier) @name) @definition.property
(event_declaration name: (identifier) @name) @definition.property
(event_field_declaration ${declarator} @definition.property)) @outer
(field_declaration ${declarator} @definition.property)) @outer
(record_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))
(class_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))
(struct_declaration (parameter_list (parameter name: (identifier) @name) @definition.property))
(local_function_statement name: (identifier) @name) @definition.function
(local_declaration_statement (variable_declaration (variable_declarator name: (identifier) @name (lambda_expression))
  @definition.function)) @outer
(global_statement (local_declaration_statement ${declarator} @definition.variable)) @outer)
`,
  uses: csharpUses,
  nameOf: (text, _kind, { type }) => ({
    name:
      type === "destructor_declaration"
        ? `~${text}`
        : /^(?:conversion_)?operator_declaration$/.test(type)
          ? `operator ${text}`
          : text.replace(/^@/, ""),
  }),
  visibility: privateWhen(/(^|\s)private\s/),
};
