(function_declaration name: (identifier) @name) @definition.function
(function_signature name: (identifier) @name) @definition.function
(test_declaration [(string) (identifier)] @name) @definition.function
(variable_declaration . (identifier) @name (struct_declaration)) @definition.class
(variable_declaration . (identifier) @name (union_declaration)) @definition.class
(variable_declaration . (identifier) @name (enum_declaration)) @definition.enum_class
(source_file (variable_declaration . (identifier) @name) @definition.variable)
(container_field name: (identifier) @name) @definition.property
