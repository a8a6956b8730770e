import { solidityUses } from "../uses/solidity.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const solidity: SyntaxLanguage = {
  name: "solidity",
  grammar: "solidity",
  query: `
(contract_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(library_declaration name: (identifier) @name) @definition.module
(struct_declaration name: (identifier) @name) @definition.struct
(struct_member name: (identifier) @name) @definition.property
(enum_declaration name: (identifier) @name) @definition.enum
(enum_value) @name @definition.constant
(event_definition name: (identifier) @name) @definition.struct
(error_declaration name: (identifier) @name) @definition.struct
(user_defined_type_definition name: (identifier) @name) @definition.type
(constant_variable_declaration name: (identifier) @name) @definition.constant
(state_variable_declaration name: (identifier) @name) @definition.property
(modifier_definition name: (identifier) @name) @definition.function
(function_definition name: (identifier) @name) @definition.function
(constructor_definition "constructor" @name) @definition.constructor
(fallback_receive_definition ["receive" "fallback"] @name) @definition.method
`,
  uses: solidityUses,
  visibility: privateWhen(/\b(private|internal)\b/),
};
