const sharedUses = `
(type_constructor_path (type_constructor) @reference.type)
(module_path (module_name) @reference.type)
(module_type_path (module_type_name) @reference.inherit)
(open_module module: (module_path) @import.module)
(include_module module: (module_path) @import.module)
`;

export const ocamlInterfaceUses = sharedUses;

export const ocamlUses = `${sharedUses}
(application_expression function: (value_path (value_name) @reference.call))
(application_expression argument: (value_path (value_name) @reference.call))
(infix_expression operator: _ @reference.call)
(method_invocation (method_name) @reference.call)
(new_expression (class_path (class_name) @reference.call))
(constructor_path (constructor_name) @reference.call)
(inheritance_definition (class_path (class_name) @reference.inherit))
`;
