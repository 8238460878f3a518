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
            /// Punctuation: left out of every list of children.
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
        Error = "ERROR",
        Comment = "comment", LineContinuation = "line_continuation",
        Block = "block", Assert = "assert_statement", Assignment = "assignment", Augmented = "augmented_assignment",
        Break = "break_statement", Case = "case_clause", ClassDefinition = "class_definition", Continue = "continue_statement",
        Decorated = "decorated_definition", Decorator = "decorator", Del = "delete_statement", ElifClause = "elif_clause",
        ElseClause = "else_clause", ExceptClause = "except_clause", Exec = "exec_statement", ExpressionStatement = "expression_statement",
        FinallyClause = "finally_clause", For = "for_statement", FunctionDefinition = "function_definition",
        FutureImport = "future_import_statement", Global = "global_statement", If = "if_statement", IfClause = "if_clause",
        ImportFrom = "import_from_statement", ImportStatement = "import_statement", Match = "match_statement", Nonlocal = "nonlocal_statement",
        Pass = "pass_statement", Print = "print_statement", Raise = "raise_statement", Return = "return_statement", Try = "try_statement",
        TypeAlias = "type_alias_statement", While = "while_statement", With = "with_statement", WithClause = "with_clause", WithItem = "with_item",
        AliasedImport = "aliased_import", DottedName = "dotted_name", RelativeImport = "relative_import", Wildcard = "wildcard_import",
        ArgumentList = "argument_list", AsPattern = "as_pattern", AsPatternTarget = "as_pattern_target", Attribute = "attribute",
        Await = "await", Binary = "binary_operator", Boolean = "boolean_operator", Call = "call", Comparison = "comparison_operator",
        Concatenated = "concatenated_string", Conditional = "conditional_expression", DictComprehension = "dictionary_comprehension",
        DictSplat = "dictionary_splat", Dictionary = "dictionary", Ellipsis = "ellipsis", ExpressionList = "expression_list", False = "false",
        Float = "float", ForInClause = "for_in_clause", Generator = "generator_expression", GenericType = "generic_type",
        Identifier = "identifier", Integer = "integer", Interpolation = "interpolation", KeywordArgument = "keyword_argument",
        Lambda = "lambda", List = "list", ListComprehension = "list_comprehension", ListSplat = "list_splat", MemberType = "member_type",
        Named = "named_expression", None = "none", Not = "not_operator", Pair = "pair", Parenthesized = "parenthesized_expression",
        Set = "set", SetComprehension = "set_comprehension", Slice = "slice", String = "string", StringContent = "string_content",
        Subscript = "subscript", True = "true", Tuple = "tuple", Type = "type", TypeParameter = "type_parameter", Unary = "unary_operator",
        UnionType = "union_type", Yield = "yield", Chevron = "chevron",
        CasePattern = "case_pattern", ClassPattern = "class_pattern", ComplexPattern = "complex_pattern", DictPattern = "dict_pattern",
        KeywordPattern = "keyword_pattern", ListPattern = "list_pattern", PatternList = "pattern_list", SplatPattern = "splat_pattern",
        TuplePattern = "tuple_pattern", UnionPattern = "union_pattern", DictSplatPattern = "dictionary_splat_pattern",
        ListSplatPattern = "list_splat_pattern", DefaultParameter = "default_parameter", KeywordSeparator = "keyword_separator",
        PositionalSeparator = "positional_separator", TypedDefaultParameter = "typed_default_parameter", TypedParameter = "typed_parameter",
    }
    tokens {
        Async = "async", From = "from",
        Plus = "+", Minus = "-", Star = "*", Slash = "/", Percent = "%", Pipe = "|", Caret = "^", DoubleStar = "**", And = "and", Or = "or",
        PlusAssign = "+=", MinusAssign = "-=", StarAssign = "*=", SlashAssign = "/=", PercentAssign = "%=", PipeAssign = "|=",
        Equal = "==", NotEqual = "!=", OldNotEqual = "<>", Less = "<", LessEqual = "<=", Greater = ">", GreaterEqual = ">=",
        In = "in", NotIn = "not in", Is = "is", IsNot = "is not",
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
    Alias = "alias", Alternative = "alternative", Argument = "argument", Arguments = "arguments", Attribute = "attribute", Body = "body",
    Cause = "cause", Code = "code", Condition = "condition", Consequence = "consequence", Definition = "definition",
    Expression = "expression", Function = "function", Guard = "guard", Key = "key", Left = "left", ModuleName = "module_name",
    Name = "name", Object = "object", Operator = "operator", Operators = "operators", Parameters = "parameters",
    ReturnType = "return_type", Right = "right", Subject = "subject", Subscript = "subscript", Superclasses = "superclasses",
    Type = "type", Value = "value",
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
    let language: Language = tree_sitter_python::LANGUAGE.into();
    let kinds = (0..language.node_kind_count() as u16)
        .map(|id| kind(language.node_kind_for_id(id).unwrap_or_default(), language.node_kind_is_named(id)))
        .collect();
    let fields = (0..=language.field_count() as u16).map(|id| field(language.field_name_for_id(id).unwrap_or_default())).collect();
    Grammar { language, kinds, fields }
});
