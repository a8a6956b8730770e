export const haskellUses = `
(apply function: [(variable) @reference.call (constructor) @reference.call
  (qualified id: [(variable) (constructor)] @reference.call)])
(apply argument: [(variable) @reference.call (qualified id: (variable) @reference.call)])
(infix operator: (operator) @reference.call)
(infix operator: (infix_id (variable) @reference.call))
(infix left_operand: (variable) @reference.call)
(infix right_operand: (variable) @reference.call)
(exp (variable) @reference.call)
(match expression: (variable) @reference.call)
(signature type: (_ (name) @reference.type))
(function parameter: (name) @reference.type)
(function result: (name) @reference.type)
(apply constructor: (name) @reference.type)
(instance name: (name) @reference.inherit)
(deriving classes: [(name) @reference.inherit (tuple (name) @reference.inherit)])
(import module: (module) @import.module)
(import module: (module) @import.module names: (import_list name: (import_name [(variable) (name)] @import.name)))
`;
