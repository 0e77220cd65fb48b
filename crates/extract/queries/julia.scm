(import_statement (_) @source) @import
(using_statement (_) @source) @import

((string_literal) @prefix . [(function_definition) (struct_definition) (macro_definition) (assignment) (abstract_definition)])

(module_definition name: (identifier) @name) @definition.namespace
(abstract_definition (type_head (identifier) @name)) @definition.type
(primitive_definition (type_head (identifier) @name)) @definition.type
(struct_definition (type_head [(identifier) @name (parametrized_type_expression . (identifier) @name) (binary_expression . (identifier) @name) (binary_expression . (parametrized_type_expression . (identifier) @name))])) @definition.class
(function_definition (signature (call_expression . [(identifier) @name (field_expression (identifier) @name .)]))) @definition.function
(function_definition (signature (typed_expression . (call_expression . (identifier) @name)))) @definition.function
(function_definition (signature (where_expression . (call_expression . (identifier) @name)))) @definition.function
(macro_definition (signature (call_expression . (identifier) @name))) @definition.macro
(assignment . (call_expression . (identifier) @name)) @definition.function
(source_file (const_statement (assignment . (identifier) @name)) @definition.constant)
(module_definition (const_statement (assignment . (identifier) @name)) @definition.constant)
