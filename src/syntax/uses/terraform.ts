export const terraformUses = `
(expression (variable_expr) . (get_attr (identifier) @reference.call))
(expression (variable_expr (identifier) @reference.type) . (get_attr) (#not-any-of? @reference.type "var" "local" "each" "count" "self" "path"))
(expression (variable_expr) . (get_attr) . (get_attr (identifier) @reference.call))
(block . (identifier) @_module (body (attribute . (identifier) @_source (expression (literal_value (string_lit (template_literal) @import.module)))))
  (#eq? @_module "module") (#eq? @_source "source"))
`;
