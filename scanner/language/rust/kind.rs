//! The grammar's node kinds and fields as enums, looked up by number: no kind is compared as text per node.

use std::sync::LazyLock;

use tree_sitter::Language;

macro_rules! kinds {
    (named { $($named:ident = $named_text:literal,)* } tokens { $($token:ident = $token_text:literal,)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Kind {
            $($named,)*
            $($token,)*
            /// A named node that no rule here looks at.
            Other,
            /// Punctuation that no rule here looks at.
            Punctuation,
        }

        fn kind(text: &str, named: bool) -> Kind {
            match (named, text) {
                $((true, $named_text) => Kind::$named,)*
                $((false, $token_text) => Kind::$token,)*
                (true, _) => Kind::Other,
                (false, _) => Kind::Punctuation,
            }
        }
    };
}

kinds! {
    named {
        Error = "ERROR", LineComment = "line_comment", BlockComment = "block_comment", DocComment = "doc_comment",
        AbstractType = "abstract_type", Arguments = "arguments", ArrayExpression = "array_expression", ArrayType = "array_type",
        Assignment = "assignment_expression", AsyncBlock = "async_block", Attribute = "attribute", AttributeItem = "attribute_item",
        Await = "await_expression", BaseField = "base_field_initializer", Binary = "binary_expression", Block = "block",
        Boolean = "boolean_literal", BoundedType = "bounded_type", BracketedType = "bracketed_type", Break = "break_expression",
        Call = "call_expression", Captured = "captured_pattern", Char = "char_literal", Closure = "closure_expression",
        ClosureParameters = "closure_parameters", CompoundAssignment = "compound_assignment_expr", ConstBlock = "const_block", ConstItem = "const_item",
        Continue = "continue_expression", Crate = "crate", DeclarationList = "declaration_list", DynamicType = "dynamic_type",
        ElseClause = "else_clause", EnumItem = "enum_item", EnumVariant = "enum_variant", ExpressionStatement = "expression_statement",
        ExternCrate = "extern_crate_declaration", FieldDeclaration = "field_declaration", FieldDeclarations = "field_declaration_list",
        FieldExpression = "field_expression", FieldIdentifier = "field_identifier", FieldInitializer = "field_initializer",
        FieldInitializers = "field_initializer_list", FieldPattern = "field_pattern", Float = "float_literal", For = "for_expression",
        FunctionItem = "function_item", FunctionSignature = "function_signature_item", FunctionType = "function_type",
        GenericFunction = "generic_function", GenericPattern = "generic_pattern", GenericType = "generic_type",
        GenericTurbofish = "generic_type_with_turbofish", Identifier = "identifier", If = "if_expression", ImplItem = "impl_item", Index = "index_expression",
        InnerAttribute = "inner_attribute_item", Integer = "integer_literal", Label = "label", Let = "let_declaration", LetChain = "let_chain",
        LetCondition = "let_condition", Lifetime = "lifetime", Loop = "loop_expression", MacroDefinition = "macro_definition",
        MacroInvocation = "macro_invocation", Match = "match_expression", MatchArm = "match_arm", MatchBlock = "match_block",
        MatchPattern = "match_pattern", Metavariable = "metavariable", ModItem = "mod_item", MutPattern = "mut_pattern", MutableSpecifier = "mutable_specifier",
        NegativeLiteral = "negative_literal", OrPattern = "or_pattern", OrderedFields = "ordered_field_declaration_list", Parameter = "parameter",
        Parameters = "parameters", Parenthesized = "parenthesized_expression", PointerType = "pointer_type", PrimitiveType = "primitive_type",
        QualifiedType = "qualified_type", RangeExpression = "range_expression", RangePattern = "range_pattern", RawString = "raw_string_literal",
        RefPattern = "ref_pattern", Reference = "reference_expression", ReferencePattern = "reference_pattern", ReferenceType = "reference_type",
        RemainingFields = "remaining_field_pattern", Return = "return_expression", ScopedIdentifier = "scoped_identifier",
        ScopedType = "scoped_type_identifier", ScopedUse = "scoped_use_list", SelfWord = "self", SelfParameter = "self_parameter",
        Shorthand = "shorthand_field_initializer", ShorthandIdentifier = "shorthand_field_identifier", SlicePattern = "slice_pattern",
        SourceFile = "source_file", StaticItem = "static_item", String = "string_literal", StringContent = "string_content", StructExpression = "struct_expression",
        StructItem = "struct_item", StructPattern = "struct_pattern", Super = "super", TokenTree = "token_tree", TraitBounds = "trait_bounds",
        TraitItem = "trait_item", Try = "try_expression", TryBlock = "try_block", TupleExpression = "tuple_expression", TuplePattern = "tuple_pattern",
        TupleStructPattern = "tuple_struct_pattern", TupleType = "tuple_type", TypeArguments = "type_arguments", TypeCast = "type_cast_expression",
        TypeIdentifier = "type_identifier", TypeItem = "type_item", Unary = "unary_expression", UnionItem = "union_item", Unit = "unit_expression",
        UnitType = "unit_type", UnsafeBlock = "unsafe_block", UseAs = "use_as_clause", UseDeclaration = "use_declaration", UseList = "use_list",
        UseWildcard = "use_wildcard", Visibility = "visibility_modifier", WhereClause = "where_clause", While = "while_expression", Yield = "yield_expression",
    }
    tokens {
        Comma = ",", Semicolon = ";", Colon = ":", Arrow = "=>", Assign = "=", Bang = "!", Dots = "..", InclusiveDots = "..=", Underscore = "_", At = "@",
        OpenBrace = "{", CloseBrace = "}", OpenParen = "(", CloseParen = ")", OpenBracket = "[", CloseBracket = "]",
        Plus = "+", Minus = "-", Star = "*", Slash = "/", Percent = "%", Pipe = "|", Caret = "^", And = "&&", Or = "||",
        PlusAssign = "+=", MinusAssign = "-=", StarAssign = "*=", SlashAssign = "/=", PercentAssign = "%=", PipeAssign = "|=",
        Equal = "==", NotEqual = "!=", Less = "<", LessEqual = "<=", Greater = ">", GreaterEqual = ">=",
    }
}

macro_rules! fields {
    ($($name:ident = $text:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field {
            None,
            $($name,)*
        }

        fn field(text: &str) -> Field {
            match text {
                $($text => Field::$name,)*
                _ => Field::None,
            }
        }
    };
}

fields! {
    Alias = "alias", Alternative = "alternative", Argument = "argument", Arguments = "arguments", Body = "body", Bounds = "bounds",
    Condition = "condition", Consequence = "consequence", Element = "element", Fields = "field", Function = "function", Left = "left", Length = "length",
    List = "list", Macro = "macro", Name = "name", Operator = "operator", Parameters = "parameters", Path = "path", Pattern = "pattern",
    ReturnType = "return_type", Right = "right", Trait = "trait", Type = "type", TypeArguments = "type_arguments", TypeParameters = "type_parameters",
    Value = "value",
}

#[derive(Debug)]
pub(super) struct Grammar {
    pub language: Language,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

impl Grammar {
    pub(super) fn kind(&self, id: u16) -> Kind {
        // The only number outside of the table is the one of ERROR nodes.
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Error)
    }

    pub(super) fn field(&self, id: u16) -> Field {
        self.fields.get(id as usize).copied().unwrap_or(Field::None)
    }
}

pub(super) static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| {
    let language: Language = tree_sitter_rust::LANGUAGE.into();
    let kinds = (0..language.node_kind_count() as u16)
        .map(|id| kind(language.node_kind_for_id(id).unwrap_or_default(), language.node_kind_is_named(id)))
        .collect();
    let fields = (0..=language.field_count() as u16).map(|id| field(language.field_name_for_id(id).unwrap_or_default())).collect();
    Grammar { language, kinds, fields }
});
