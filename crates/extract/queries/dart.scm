(import_or_export (_ (_ (configurable_uri) @source))) @import
(import_or_export) @import
(part_directive) @import

(class_declaration name: (identifier) @name) @definition.class
(mixin_declaration (identifier) @name) @definition.class
(extension_declaration name: (identifier) @name) @definition.class
(extension_type_declaration name: (extension_type_name (identifier) @name)) @definition.class
(enum_declaration name: (identifier) @name) @definition.enum
(enum_entry name: (identifier) @name) @definition.enum_member
(type_alias (type_identifier) @name) @definition.type
(function_declaration signature: (function_signature name: (identifier) @name)) @definition.function
(getter_declaration signature: (getter_signature name: (identifier) @name)) @definition.getter
(setter_declaration signature: (setter_signature name: (identifier) @name)) @definition.setter
(external_function_declaration signature: (function_signature name: (identifier) @name)) @definition.function
(external_getter_declaration signature: (getter_signature name: (identifier) @name)) @definition.getter
(external_setter_declaration signature: (setter_signature name: (identifier) @name)) @definition.setter
(local_function_declaration (function_signature name: (identifier) @name)) @definition.function
(method_declaration signature: (method_signature (function_signature name: (identifier) @name))) @definition.method
(method_declaration signature: (method_signature (getter_signature name: (identifier) @name))) @definition.getter
(method_declaration signature: (method_signature (setter_signature name: (identifier) @name))) @definition.setter
(method_declaration signature: (method_signature (operator_signature operator: _ @name))) @definition.method
(method_declaration signature: (method_signature (constructor_signature name: (identifier) @name))) @definition.constructor
(method_declaration signature: (method_signature (factory_constructor_signature name: (identifier) @name))) @definition.constructor
(method_signature (function_signature name: (identifier) @name)) @definition.method
(method_signature (getter_signature name: (identifier) @name)) @definition.getter
(method_signature (setter_signature name: (identifier) @name)) @definition.setter
(method_signature (operator_signature operator: _ @name)) @definition.method
(constructor_signature name: (identifier) @name) @definition.constructor
(constant_constructor_signature name: (identifier) @name) @definition.constructor
(factory_constructor_signature name: (identifier) @name) @definition.constructor
(redirecting_factory_constructor_signature name: (identifier) @name) @definition.constructor
(primary_constructor name: (identifier) @name) @definition.constructor
(top_level_variable_declaration (static_final_declaration_list (static_final_declaration name: (identifier) @name))) @definition.variable
(top_level_variable_declaration (initialized_identifier_list (initialized_identifier name: (identifier) @name))) @definition.variable
(external_variable_declaration (identifier_list (identifier) @name)) @definition.variable
