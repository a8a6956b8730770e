export const nixUses = `
(apply_expression function: [(variable_expression name: (identifier) @reference.call)
  (select_expression attrpath: (attrpath attr: (identifier) @reference.call .))])
(variable_expression name: (identifier) @reference.call)
(inherited_attrs attr: (identifier) @reference.call)
(path_expression) @import.module
`;
