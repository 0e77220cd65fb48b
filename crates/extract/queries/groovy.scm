(import_declaration name: (_) @source) @import
(package_declaration) @import

(class_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(trait_declaration name: (identifier) @name) @definition.trait
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum_class
(record_declaration name: (identifier) @name) @definition.class
(method_declaration name: [(identifier) (quoted_identifier)] @name) @definition.function
(constructor_declaration name: (identifier) @name) @definition.constructor
(field_declaration (variable_declarator name: (identifier) @name)) @definition.property
(enum_constant name: (identifier) @name) @definition.enum_member
