//! Expressions.

use tree_sitter::Node;

use super::kind::{Field, Kind};
use super::lower::{Around, Child, Goal, Lowering, field, of_kind};
use crate::program::builder::FunctionParts;
use crate::program::{
    Argument, Binary, Call, Element, Expr, ExprId, FunctionKind, Logical, Parameter, ParameterKind, Pattern, PatternId, Span, Spread, Statement,
    Unary,
};

/// Methods of the language's own pointers and wrappers: the value is what they are called on.
const TRANSPARENT: &[&str] = &[
    "as_bytes",
    "as_deref",
    "as_deref_mut",
    "as_mut",
    "as_mut_str",
    "as_os_str",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "as_string_lossy",
    "borrow",
    "borrow_mut",
    "by_ref",
    "clone",
    "cloned",
    "copied",
    "display",
    "expect",
    "into",
    "into_boxed_str",
    "into_bytes",
    "into_os_string",
    "into_owned",
    "into_string",
    "leak",
    "lock",
    "ok",
    "to_owned",
    "to_path_buf",
    "to_string_lossy",
    "try_into",
    "try_lock",
    "unwrap",
    "unwrap_or_default",
    "unwrap_unchecked",
];
/// What takes a value in and is it to every other.
const HOLDERS: &[&str] = &["Arc", "Box", "Cell", "Cow", "ManuallyDrop", "Mutex", "Pin", "Rc", "RefCell", "RwLock", "Reverse", "Wrapping"];

impl Lowering<'_> {
    pub(super) fn expr(&mut self, node: Node<'_>) -> ExprId {
        match self.nested(node, |l| l.expr_inner(node)) {
            Some(id) => id,
            None => self.unknown(node),
        }
    }

    /// A name that stands for a value.
    pub(super) fn identifier(&mut self, text: &str, span: Span) -> ExprId {
        let bare = text.strip_prefix("r#").unwrap_or(text);
        let name = self.b.symbol(bare);
        self.mentioned.insert(name);
        if self.is_local(name) {
            return self.b.name(name, span);
        }
        if bare == "None" && !self.is_item(bare) {
            return self.b.expr(Expr::Null, span);
        }
        self.path(&[bare.to_owned()], span)
    }

    fn expr_inner(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let kind = self.kind(node);
        match kind {
            Kind::Identifier | Kind::SelfWord => {
                let text = self.text(node).to_owned();
                self.identifier(&text, span)
            }
            Kind::ScopedIdentifier
            | Kind::TypeIdentifier
            | Kind::ScopedType
            | Kind::GenericType
            | Kind::GenericTurbofish
            | Kind::Crate
            | Kind::Super => {
                let path = self.segments(node);
                self.path(&path, span)
            }
            Kind::GenericFunction => match field(&self.kids(node), Field::Function) {
                Some(function) => self.expr(function.node),
                None => self.unknown(node),
            },
            Kind::String | Kind::RawString => {
                let text = self.string(node, kind);
                self.constant(&text, span)
            }
            Kind::Char => {
                let text = self.text(node).trim_start_matches('b').trim_matches('\'').to_owned();
                self.constant(&text, span)
            }
            Kind::Integer | Kind::Float => self.number(node),
            Kind::NegativeLiteral => match self.kids(node).first() {
                Some(inner) => {
                    let operand = self.expr(inner.node);
                    self.b.expr(Expr::Unary { op: Unary::Minus, operand }, span)
                }
                None => self.unknown(node),
            },
            Kind::Boolean => {
                let value = self.text(node) == "true";
                self.b.expr(Expr::Bool(value), span)
            }
            Kind::Unit => self.b.expr(Expr::Undefined, span),
            Kind::Call | Kind::FieldExpression | Kind::Await | Kind::Try | Kind::Index | Kind::Parenthesized | Kind::Reference => {
                self.postfix(node, kind)
            }
            Kind::Unary => {
                let Some(inner) = self.kids(node).iter().find(|kid| kid.node.is_named()).copied() else { return self.unknown(node) };
                let text = self.text(node).as_bytes().first().copied();
                let operand = self.expr(inner.node);
                match text {
                    Some(b'*') => operand,
                    Some(b'-') => self.b.expr(Expr::Unary { op: Unary::Minus, operand }, span),
                    _ => self.b.expr(Expr::Unary { op: Unary::Not, operand }, span),
                }
            }
            Kind::Binary => self.binary(node),
            Kind::TypeCast => match field(&self.kids(node), Field::Value) {
                Some(value) => self.expr(value.node),
                None => self.unknown(node),
            },
            Kind::Assignment | Kind::CompoundAssignment => self.assignment(node, kind),
            Kind::TupleExpression | Kind::ArrayExpression => {
                let kids = self.kids(node);
                let mut elements = Vec::with_capacity(kids.len());
                for kid in kids.iter().filter(|kid| kid.field != Field::Length && !matches!(kid.kind, Kind::AttributeItem)) {
                    elements.push(Element { value: self.expr(kid.node), spread: false });
                }
                self.b.expr(Expr::List(elements.into()), span)
            }
            Kind::StructExpression => self.struct_expression(node),
            Kind::Closure => self.closure(node),
            Kind::AsyncBlock => self.async_block(node),
            Kind::MacroInvocation => self.macro_call(node),
            Kind::Block | Kind::UnsafeBlock | Kind::ConstBlock | Kind::TryBlock | Kind::If | Kind::Match | Kind::Loop => self.kept(node),
            Kind::While | Kind::For => {
                self.into(node, Goal::Drop);
                self.b.expr(Expr::Undefined, span)
            }
            Kind::Return => {
                match self.kids(node).first().copied() {
                    Some(value) => self.into(value.node, Goal::Return),
                    None => self.emit(Statement::Return(None)),
                }
                self.b.expr(Expr::Undefined, span)
            }
            Kind::Break => {
                let value = self.kids(node).iter().find(|kid| kid.kind != Kind::Label).copied();
                match (value, self.around.loops.last().copied().flatten()) {
                    (Some(value), Some(slot)) => self.into(value.node, Goal::Keep(slot)),
                    (Some(value), None) => self.into(value.node, Goal::Drop),
                    (None, _) => {}
                }
                self.emit(Statement::Break);
                self.b.expr(Expr::Undefined, span)
            }
            Kind::Continue => {
                self.emit(Statement::Continue);
                self.b.expr(Expr::Undefined, span)
            }
            Kind::Yield => {
                let value = self.kids(node).first().copied().map(|value| self.expr(value.node));
                self.b.expr(Expr::Yield(value), span)
            }
            Kind::LetCondition | Kind::LetChain | Kind::RangeExpression | Kind::Error | Kind::ExpressionStatement => self.parts(node),
            _ => self.unknown(node),
        }
    }

    /// Calls of methods, fields, elements, `?` and `.await`, from the innermost object outwards.
    fn postfix(&mut self, node: Node<'_>, kind: Kind) -> ExprId {
        let mut chain: Vec<Child<'_>> = Vec::new();
        let mut inner = Child { node, kind, field: Field::None };
        loop {
            let kids = self.kids(inner.node);
            let next = match inner.kind {
                Kind::Call => {
                    let method = self.method_of(inner.node);
                    match method {
                        Some(method) => {
                            chain.push(inner);
                            field(&self.kids(method), Field::Value)
                        }
                        None => None,
                    }
                }
                Kind::FieldExpression => {
                    chain.push(inner);
                    field(&kids, Field::Value)
                }
                Kind::Index => {
                    chain.push(inner);
                    kids.first().copied()
                }
                Kind::Reference => field(&kids, Field::Value),
                Kind::Await | Kind::Try | Kind::Parenthesized => kids.first().copied(),
                _ => None,
            };
            match next {
                Some(next) => inner = next,
                None => break,
            }
        }
        let mut value = match inner.kind {
            Kind::Call => self.function_call(inner.node),
            // Something is missing in it.
            Kind::FieldExpression | Kind::Index | Kind::Await | Kind::Try | Kind::Parenthesized | Kind::Reference => self.unknown(inner.node),
            _ => self.expr(inner.node),
        };
        for link in chain.into_iter().rev() {
            value = match link.kind {
                Kind::Call => self.method_call(value, link.node),
                Kind::FieldExpression => self.field_access(value, link.node),
                _ => self.element(value, link.node),
            };
        }
        value
    }

    /// The `object.name` that a call calls.
    fn method_of<'t>(&self, call: Node<'t>) -> Option<Node<'t>> {
        let mut function = field(&self.kids(call), Field::Function)?;
        if function.kind == Kind::GenericFunction {
            function = field(&self.kids(function.node), Field::Function)?;
        }
        (function.kind == Kind::FieldExpression).then_some(function.node)
    }

    fn field_access(&mut self, object: ExprId, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let Some(name) = field(&self.kids(node), Field::Fields) else { return object };
        if name.kind == Kind::Integer {
            let index = self.number(name.node);
            return self.b.expr(Expr::Index { object, index }, span);
        }
        let property = self.symbol(name.node);
        self.b.expr(Expr::Member { object, property }, span)
    }

    fn element(&mut self, object: ExprId, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        match self.kids(node).get(1).copied() {
            Some(range) if range.kind == Kind::RangeExpression => self.b.expr(Expr::Slice { object }, span),
            Some(index) => {
                let index = self.expr(index.node);
                self.b.expr(Expr::Index { object, index }, span)
            }
            None => object,
        }
    }

    fn method_call(&mut self, object: ExprId, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let Some(method) = self.method_of(node) else { return object };
        let Some(name) = field(&self.kids(method), Field::Fields) else { return object };
        let text = self.text(name.node).to_owned();
        let list = field(&self.kids(node), Field::Arguments).map(|list| self.kids(list.node)).unwrap_or_default();
        if TRANSPARENT.contains(&text.as_str()) && (list.is_empty() || text == "expect") {
            return object;
        }
        match (text.as_str(), list.as_slice()) {
            ("unwrap_or" | "or", [other]) => {
                let right = self.expr(other.node);
                return self.b.expr(Expr::Logical { op: Logical::Coalesce, left: object, right }, span);
            }
            ("unwrap_or_else" | "or_else", [other]) => {
                let callee = self.expr(other.node);
                let unknown = self.unknown(node);
                let arguments = [Argument { name: None, value: unknown, spread: Spread::No }];
                let right = self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span);
                return self.b.expr(Expr::Logical { op: Logical::Coalesce, left: object, right }, span);
            }
            _ => {}
        }
        let arguments = self.arguments(&list);
        let at = self.span(name.node);
        let property = self.b.symbol(text.strip_prefix("r#").unwrap_or(&text));
        let callee = self.b.expr(Expr::Member { object, property }, Span { start: at.start, end: at.end });
        // What is added to a text makes a new one, as far as values go.
        let adds = matches!(text.as_str(), "push_str" | "push" | "write_str" | "set_extension" | "set_file_name");
        let char = adds && list.first().is_some_and(|first| first.kind == Kind::Char);
        let callee = if char { self.member(object, "push_str", at) } else { callee };
        // The place of a call in a chain is the name of the method.
        let place = Span { start: at.start, end: span.end };
        let call = self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), place);
        if adds
            && let Expr::Variable(_) | Expr::Global(_) | Expr::Member { .. } = self.b.module().exprs[object.index()]
            && let Some(receiver) = field(&self.kids(method), Field::Value)
            && let Some(target) = self.target(receiver.node, 0)
        {
            return self.b.expr(Expr::Assign { target, op: None, value: call }, place);
        }
        self.turbofish(call, node)
    }

    /// `f::<T>()`: what is made is a `T`.
    fn turbofish(&mut self, value: ExprId, call: Node<'_>) -> ExprId {
        let function = field(&self.kids(call), Field::Function).filter(|function| function.kind == Kind::GenericFunction);
        let types = function.and_then(|function| field(&self.kids(function.node), Field::TypeArguments));
        let Some(types) = types else { return value };
        let types = self.kids(types.node);
        let [only] = types.as_slice() else { return value };
        match self.class_annotation(only.node) {
            Some(annotation) => {
                let span = self.span(call);
                self.b.expr(Expr::Typed { value, annotation }, span)
            }
            None => value,
        }
    }

    fn arguments(&mut self, list: &[Child<'_>]) -> Vec<Argument> {
        let mut all = Vec::with_capacity(list.len());
        for argument in list.iter().filter(|kid| kid.kind != Kind::AttributeItem) {
            all.push(Argument { name: None, value: self.expr(argument.node), spread: Spread::No });
        }
        all
    }

    fn function_call(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let Some(function) = field(&kids, Field::Function) else { return self.parts(node) };
        let list = field(&kids, Field::Arguments).map(|list| self.kids(list.node)).unwrap_or_default();
        let path = match function.kind {
            Kind::Identifier | Kind::ScopedIdentifier | Kind::GenericFunction => self.segments(function.node),
            _ => Vec::new(),
        };
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (path.as_slice(), list.as_slice()) {
            (["Some" | "Ok"], [inner]) => return self.expr(inner.node),
            (["Err"], [inner]) => {
                let inner = self.expr(inner.node);
                let null = self.b.expr(Expr::Null, span);
                return self.b.expr(Expr::Sequence([inner, null].into()), span);
            }
            (["Default" | "Some" | "Ok", ..], []) | ([.., "Default", "default"], []) => return self.b.expr(Expr::Undefined, span),
            ([.., holder, "new" | "pin" | "from" | "clone"], [inner]) if HOLDERS.contains(holder) && !self.is_item(holder) => {
                return self.expr(inner.node);
            }
            ([.., "Box" | "Arc" | "Rc", "leak" | "into_inner" | "try_unwrap" | "unwrap_or_clone"], [inner]) => return self.expr(inner.node),
            _ => {}
        }
        let callee = self.expr(function.node);
        let arguments = self.arguments(&list);
        let call = self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: false, tagged: false })), span);
        self.turbofish(call, node)
    }

    /// `Foo { a, b: c, ..d }`: the class called with its fields by name.
    fn struct_expression(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let Some(name) = field(&kids, Field::Name) else { return self.parts(node) };
        let path = self.segments(name.node);
        let callee = self.path(&path, span);
        let list = field(&kids, Field::Body).map(|list| self.kids(list.node)).unwrap_or_default();
        let mut arguments = Vec::with_capacity(list.len());
        for kid in &list {
            match kid.kind {
                Kind::Shorthand => {
                    let Some(inner) = of_kind(&self.kids(kid.node), Kind::Identifier) else { continue };
                    let text = self.text(inner.node).to_owned();
                    let at = self.span(inner.node);
                    let name = Some(self.symbol(inner.node));
                    let value = self.identifier(&text, at);
                    arguments.push(Argument { name, value, spread: Spread::No });
                }
                Kind::FieldInitializer => {
                    let parts = self.kids(kid.node);
                    let (Some(name), Some(value)) = (field(&parts, Field::Fields), field(&parts, Field::Value)) else { continue };
                    let name = Some(self.symbol(name.node));
                    let value = self.expr(value.node);
                    arguments.push(Argument { name, value, spread: Spread::No });
                }
                Kind::BaseField => {
                    let Some(base) = self.kids(kid.node).first().copied() else { continue };
                    // `..Default::default()` says nothing.
                    if self.text(base.node).contains("Default::default") {
                        continue;
                    }
                    let value = self.expr(base.node);
                    arguments.insert(0, Argument { name: None, value, spread: Spread::Entries });
                }
                _ => {}
            }
        }
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments: arguments.into(), construct: true, tagged: false })), span)
    }

    /// Left-deep chains of operators, from the innermost outwards.
    fn binary(&mut self, node: Node<'_>) -> ExprId {
        let mut chain = Vec::new();
        let mut left = node;
        while self.kind(left) == Kind::Binary {
            let kids = self.kids(left);
            let (Some(operator), Some(right), Some(next)) = (field(&kids, Field::Operator), field(&kids, Field::Right), field(&kids, Field::Left))
            else {
                break;
            };
            chain.push((operator.kind, right.node, self.span(left)));
            left = next.node;
        }
        if chain.is_empty() {
            return self.parts(node);
        }
        let mut value = self.expr(left);
        for (operator, right, span) in chain.into_iter().rev() {
            let right = self.expr(right);
            let expr = match operator {
                Kind::And => Expr::Logical { op: Logical::And, left: value, right },
                Kind::Or => Expr::Logical { op: Logical::Or, left: value, right },
                other => Expr::Binary { op: operation(other), left: value, right },
            };
            value = self.b.expr(expr, span);
        }
        value
    }

    fn assignment(&mut self, node: Node<'_>, kind: Kind) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let (Some(left), Some(right)) = (field(&kids, Field::Left), field(&kids, Field::Right)) else { return self.parts(node) };
        let value = self.expr(right.node);
        let op = match (kind, field(&kids, Field::Operator)) {
            (Kind::CompoundAssignment, Some(operator)) => Some(operation(operator.kind)),
            (Kind::CompoundAssignment, None) => Some(Binary::Other),
            _ => None,
        };
        match self.target(left.node, 0) {
            Some(target) => self.b.expr(Expr::Assign { target, op, value }, span),
            None => value,
        }
    }

    /// What an assignment assigns to.
    fn target(&mut self, node: Node<'_>, depth: u32) -> Option<PatternId> {
        if depth > 16 {
            return None;
        }
        let kids = self.kids(node);
        match self.kind(node) {
            Kind::Identifier => {
                let name = self.symbol(node);
                Some(if self.is_local(name) || self.items.contains(self.text(node)) { self.b.target(name) } else { self.b.pattern(Pattern::Ignore) })
            }
            Kind::Parenthesized | Kind::Unary | Kind::Try => self.target(kids.iter().find(|kid| kid.node.is_named())?.node, depth + 1),
            Kind::TupleExpression => {
                let mut items = Vec::new();
                for kid in &kids {
                    let item = self.target(kid.node, depth + 1);
                    items.push(item.unwrap_or_else(|| self.b.pattern(Pattern::Ignore)));
                }
                Some(self.b.pattern(Pattern::List { items, rest: None }))
            }
            Kind::FieldExpression | Kind::Index => {
                let place = self.expr(node);
                let is_place = matches!(self.b.module().exprs[place.index()], Expr::Member { .. } | Expr::Index { .. });
                is_place.then(|| self.b.pattern(Pattern::Place(place)))
            }
            // `*map.entry(x).or_insert(y) = z`, `*lock.lock() = z`
            Kind::Call | Kind::Await => {
                let place = self.expr(node);
                let is_place = matches!(self.b.module().exprs[place.index()], Expr::Member { .. } | Expr::Index { .. });
                is_place.then(|| self.b.pattern(Pattern::Place(place)))
            }
            _ => None,
        }
    }

    fn closure(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let kids = self.kids(node);
        let Some(body) = field(&kids, Field::Body) else { return self.parts(node) };
        let list = field(&kids, Field::Parameters).map(|list| self.kids(list.node)).unwrap_or_default();
        let returns = field(&kids, Field::ReturnType).and_then(|annotation| self.class_annotation(annotation.node));
        self.b.open_function(FunctionKind::Arrow);
        self.open_names();
        let around = std::mem::replace(&mut self.around, Around { returns, loops: Vec::new() });
        let hiding = std::mem::take(&mut self.hiding);
        let mut parameters = Vec::with_capacity(list.len());
        for kid in &list {
            let at = self.span(kid.node);
            let parts = self.kids(kid.node);
            let (pattern, annotation) = match kid.kind {
                Kind::Parameter => (field(&parts, Field::Pattern), field(&parts, Field::Type)),
                _ => (Some(*kid), None),
            };
            let Some(pattern) = pattern else { continue };
            let name = (pattern.kind == Kind::Identifier).then(|| self.symbol(pattern.node));
            let annotation = annotation.and_then(|annotation| self.annotation(annotation.node));
            let pattern = self.pattern(pattern.node);
            parameters.push(Parameter { name, pattern, default: None, annotation, kind: ParameterKind::Positional, span: at });
        }
        let block = self.block_of(|l| l.into(body.node, Goal::Return));
        self.hiding = hiding;
        self.around = around;
        self.close_names();
        let is_async = self.text(node).starts_with("async");
        let parts = FunctionParts { span, name_span: span, parameters, body: block, is_async, ..FunctionParts::default() };
        let function = self.b.close_function(parts);
        self.b.expr(Expr::Function(function), span)
    }

    /// `async { … }`: runs where it stands, as far as can be told; its `return` ends only the block.
    fn async_block(&mut self, node: Node<'_>) -> ExprId {
        let span = self.span(node);
        let Some(body) = of_kind(&self.kids(node), Kind::Block) else { return self.parts(node) };
        self.b.open_function(FunctionKind::Arrow);
        self.open_names();
        let around = std::mem::take(&mut self.around);
        let hiding = std::mem::take(&mut self.hiding);
        let block = self.block_of(|l| l.into(body.node, Goal::Return));
        self.hiding = hiding;
        self.around = around;
        self.close_names();
        let parts = FunctionParts { span, name_span: span, body: block, is_async: true, ..FunctionParts::default() };
        let function = self.b.close_function(parts);
        let callee = self.b.expr(Expr::Function(function), span);
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments: Box::new([]), construct: false, tagged: false })), span)
    }
}

fn operation(operator: Kind) -> Binary {
    match operator {
        Kind::Plus | Kind::PlusAssign => Binary::Add,
        Kind::Minus | Kind::MinusAssign => Binary::Subtract,
        Kind::Star | Kind::StarAssign => Binary::Multiply,
        Kind::Slash | Kind::SlashAssign => Binary::Divide,
        Kind::Percent | Kind::PercentAssign => Binary::Modulo,
        Kind::Equal => Binary::Equal,
        Kind::NotEqual => Binary::NotEqual,
        Kind::Less => Binary::Less,
        Kind::LessEqual => Binary::LessEqual,
        Kind::Greater => Binary::Greater,
        Kind::GreaterEqual => Binary::GreaterEqual,
        Kind::Pipe | Kind::PipeAssign => Binary::BitOr,
        Kind::Caret => Binary::BitXor,
        _ => Binary::Other,
    }
}
