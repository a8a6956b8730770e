export const perlUses = `
(call_expression_with_args_with_brackets (call_expression_with_bareword function_name: (identifier) @reference.call))
(call_expression_with_spaced_args (call_expression_with_bareword function_name: (identifier) @reference.call))
(call_expression_with_bareword function_name: (identifier) @reference.call)
(method_invocation function_name: (identifier) @reference.call)
(use_no_statement package_name: (package_name) @import.module)
`;
