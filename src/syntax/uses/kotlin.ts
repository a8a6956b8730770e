export const kotlinUses = `
(delegation_specifier [(user_type (identifier) @reference.inherit)
  (constructor_invocation (user_type (identifier) @reference.inherit))])
(call_expression . (identifier) @reference.call)
(call_expression . (navigation_expression (identifier) @reference.call .))
(import (qualified_identifier) @import.module)
`;
