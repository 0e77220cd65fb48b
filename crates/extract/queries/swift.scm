(import_declaration (identifier) @source) @import

(class_declaration declaration_kind: "extension" name: (_) @name) @container
(class_declaration declaration_kind: "enum" name: (type_identifier) @name) @definition.enum_class
(class_declaration name: (type_identifier) @name) @definition.class
(protocol_declaration name: (type_identifier) @name) @definition.interface
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(enum_entry name: (simple_identifier) @name) @definition.enum_member
(function_declaration name: (simple_identifier) @name) @definition.function
(function_declaration name: [(custom_operator) "==" "<" ">" "+" "-" "*" "/" "!="] @name) @definition.function
(protocol_function_declaration name: (simple_identifier) @name) @definition.method
(init_declaration "init" @name) @definition.constructor
(deinit_declaration "deinit" @name) @definition.method
(subscript_declaration (parameter (simple_identifier) @name)) @definition.method
(property_declaration (pattern (simple_identifier) @name)) @definition.accessor
(protocol_property_declaration (pattern (simple_identifier) @name)) @definition.property
