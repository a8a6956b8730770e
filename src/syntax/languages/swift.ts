import { swiftUses } from "../uses/swift.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const swift: SyntaxLanguage = {
  name: "swift",
  grammar: "swift",
  isHeavy: true,
  query: `
(class_declaration name: (type_identifier) @name) @definition.class
(class_declaration name: (user_type (type_identifier) @name)) @scope
(protocol_declaration name: (type_identifier) @name) @definition.interface
(function_declaration name: (simple_identifier) @name) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.function
(init_declaration "init" @name) @definition.constructor
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property)
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.variable)
(typealias_declaration name: (type_identifier) @name) @definition.type
`,
  uses: swiftUses,
  visibility: privateWhen(/(^|\s)(private|fileprivate)\s/),
};
