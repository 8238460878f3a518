//! One walk over the syntax tree of a file.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use tree_sitter::{Node, Parser, Tree, TreeCursor};

use super::build;
use super::import::Imported;
use super::kind::{Field, GRAMMAR, Kind};
use super::scope::Scope;
use crate::program::builder::{Builder, FunctionParts};
use crate::program::{Argument, Block, Call, Ecosystem, Expr, ExprId, FunctionKind, Interner, Module, Pattern, Span, Spread, Statement, Symbol};

/// How deep expressions, statements and types may nest together. Chains of operators, calls and `else if` do not count.
pub(super) const DEPTH: u32 = 400;

/// How many problems of one file are worth keeping.
const PROBLEMS: u32 = 50;

/// Before the number of an `init` function: no source can spell it.
pub(super) const INIT: &str = "init ";

#[derive(Clone, Copy)]
pub(super) struct Child<'t> {
    pub node: Node<'t>,
    pub kind: Kind,
    pub field: Field,
}

pub(super) struct Lowering<'t, 'a> {
    pub source: &'t str,
    pub b: Builder<'a>,
    cursor: TreeCursor<'t>,
    /// Children of the nodes being lowered, as a stack: each lowering cuts off what it put on.
    pub kids: Vec<Child<'t>>,
    pub depth: u32,
    problems: u32,
    pub scopes: Vec<Scope>,
    /// Functions around the node being lowered.
    pub function_depth: u16,
    /// The value of `iota`.
    pub iota: Option<f64>,
    /// Names of the results of the functions around the node.
    pub results: Vec<Vec<Symbol>>,
    /// Names before a dot: some are packages.
    pub qualifiers: FxHashSet<Symbol>,
    pub declared: FxHashSet<Symbol>,
    /// Variables of the file that hold a number, a text, a list or the like.
    pub plain_variables: FxHashSet<Symbol>,
    pub imports: Vec<Imported>,
    /// Methods of the file by the name of their receiver's type.
    pub methods: FxHashMap<&'t str, Vec<Node<'t>>>,
}

pub(super) fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&GRAMMAR.language).ok()?;
    parser.parse(text, None)
}

pub(super) fn module(path: &str, text: &str, interner: &Interner) -> Module {
    let mut builder = Builder::new(path, Ecosystem::Go, interner);
    let whole = Span { start: 0, end: text.len() as u32 };
    if path.ends_with("_test.go") {
        // No part of any program.
        return builder.finish(FunctionParts { span: whole, ..FunctionParts::default() });
    }
    let Some(tree) = parse(text) else {
        builder.problem(whole, "could not be parsed");
        builder.module().error_bytes = whole.end;
        return builder.finish(FunctionParts::default());
    };
    let root = tree.root_node();
    let mut lowering = Lowering {
        source: text,
        b: builder,
        cursor: root.walk(),
        kids: Vec::new(),
        depth: 0,
        problems: 0,
        scopes: Vec::new(),
        function_depth: 0,
        iota: None,
        results: Vec::new(),
        qualifiers: FxHashSet::default(),
        declared: FxHashSet::default(),
        plain_variables: FxHashSet::default(),
        imports: Vec::new(),
        methods: FxHashMap::default(),
    };
    let (package, body) = lowering.file(root);
    let errors = if root.has_error() { error_bytes(root) } else { 0 };
    let part_of = package.filter(|_| build::is_built(path, text)).map(|name| lowering.b.symbol(name));
    let module = lowering.b.module();
    module.exports_all = true;
    module.error_bytes = errors;
    module.part_of = part_of;
    lowering.b.finish(FunctionParts { span: span(root), body, ..FunctionParts::default() })
}

/// Bytes inside the outermost ERROR nodes. Only subtrees that hold one are entered.
fn error_bytes(root: Node<'_>) -> u32 {
    let mut cursor = root.walk();
    let mut bytes = 0;
    loop {
        let node = cursor.node();
        if node.is_error() {
            bytes += span(node).end - span(node).start;
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return bytes;
            }
        }
    }
}

pub(super) fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}

impl<'t> Lowering<'t, '_> {
    /// The name of the package and what runs when it is loaded: types and functions first, since they may be used above
    /// where they stand, then the variables in the order in which they need one another.
    fn file(&mut self, root: Node<'t>) -> (Option<&'t str>, Block) {
        let mut package = None;
        let (mut types, mut functions, mut values, mut others) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for i in self.open(root) {
            let kid = self.kids[i];
            match kid.kind {
                Kind::Package => {
                    let name = self.open(kid.node).next().map(|at| self.kids[at].node);
                    package = name.map(|name| self.text(name));
                }
                Kind::Import => self.import_declaration(kid.node),
                Kind::TypeDeclaration => types.push(kid.node),
                Kind::FunctionDeclaration => functions.push(kid.node),
                Kind::MethodDeclaration => {
                    let receiver = self.receiver_name(kid.node).unwrap_or("");
                    self.methods.entry(receiver).or_default().push(kid.node);
                }
                Kind::Const | Kind::Var => values.push(kid),
                Kind::Error => {}
                _ => others.push(kid),
            }
        }
        self.kids.clear();
        self.note_plain_variables(&values);
        let mut body = Vec::new();
        for node in types {
            self.nested(node, |l| l.type_declaration(node, &mut body));
        }
        let mut inits = 0u32;
        for node in functions {
            self.nested(node, |l| l.function_declaration(node, &mut inits, &mut body));
        }
        // What is left belongs to types of other files of the package.
        let mut left: Vec<_> = std::mem::take(&mut self.methods).into_iter().collect();
        left.sort_by_key(|(_, nodes)| nodes.first().map(Node::start_byte));
        for (receiver, nodes) in left {
            for node in nodes {
                self.nested(node, |l| l.far_method(receiver, node, &mut body));
            }
        }
        for value in self.in_order_of_need(values) {
            self.nested(value.node, |l| l.statement(value, &mut body));
        }
        for other in others {
            self.nested(other.node, |l| l.statement(other, &mut body));
        }
        let mut all = self.bind_imports();
        all.append(&mut body);
        (package, all)
    }

    pub(super) fn text(&self, node: Node<'t>) -> &'t str {
        self.source.get(node.byte_range()).unwrap_or("")
    }

    pub(super) fn kind(&self, node: Node<'t>) -> Kind {
        GRAMMAR.kind(node.kind_id())
    }

    /// Puts the children of `node` on the stack, without comments and punctuation, and says where.
    pub(super) fn open(&mut self, node: Node<'t>) -> Range<usize> {
        let start = self.kids.len();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            let kind = GRAMMAR.kind(child.kind_id());
            if !matches!(kind, Kind::Punctuation | Kind::Comment) {
                let field = self.cursor.field_id().map_or(Field::None, |id| GRAMMAR.field(id.get()));
                self.kids.push(Child { node: child, kind, field });
            }
            more = self.cursor.goto_next_sibling();
        }
        start..self.kids.len()
    }

    /// The children of `node`, off the stack.
    pub(super) fn children(&mut self, node: Node<'t>) -> Vec<Child<'t>> {
        let range = self.open(node);
        self.kids.split_off(range.start)
    }

    /// The first of `range` in `field`.
    pub(super) fn field(&self, range: &Range<usize>, field: Field) -> Option<Child<'t>> {
        self.kids[range.clone()].iter().find(|kid| kid.field == field).copied()
    }

    /// Runs `inner` one level deeper and cleans the stack of children after it; `None` when it is too deep.
    pub(super) fn nested<T>(&mut self, node: Node<'t>, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= DEPTH {
            self.problem(node, "nested too deeply");
            return None;
        }
        self.depth += 1;
        let mark = self.kids.len();
        let result = inner(self);
        self.kids.truncate(mark);
        self.depth -= 1;
        Some(result)
    }

    pub(super) fn problem(&mut self, node: Node<'t>, what: &str) {
        self.problems += 1;
        if self.problems <= PROBLEMS {
            self.b.problem(span(node), what);
        }
    }

    pub(super) fn unknown(&mut self, node: Node<'t>) -> ExprId {
        self.b.expr(Expr::Unknown, span(node))
    }

    pub(super) fn symbol(&mut self, node: Node<'t>) -> Symbol {
        let text = self.text(node);
        self.b.symbol(text)
    }

    /// A call of something that only the language itself has (`range`, `<-`): a keyword and a word, which no name of the
    /// program can be.
    pub(super) fn primitive(&mut self, keyword: &str, word: &str, arguments: &[ExprId], at: Span) -> ExprId {
        let (keyword, property) = (self.b.symbol(keyword), self.b.symbol(word));
        let object = self.b.expr(Expr::Global(keyword), at);
        let callee = self.b.expr(Expr::Member { object, property }, at);
        self.call_of(callee, arguments, at)
    }

    pub(super) fn call_of(&mut self, callee: ExprId, arguments: &[ExprId], at: Span) -> ExprId {
        let arguments = arguments.iter().map(|value| Argument { name: None, value: *value, spread: Spread::No }).collect();
        self.b.expr(Expr::Call(Box::new(Call { callee, arguments, construct: false, tagged: false })), at)
    }

    /// A function that takes one value and does `body` with it.
    pub(super) fn setter(&mut self, name: Symbol, at: Span) -> ExprId {
        use crate::program::{Parameter, ParameterKind, Variable};
        self.b.open_function(FunctionKind::Plain);
        self.function_depth += 1;
        let empty = self.b.symbol("");
        let slot = self.b.fresh(empty);
        let pattern = self.b.pattern(Pattern::Variable(Variable { hops: 0, slot }));
        let parameter = Parameter { name: None, pattern, default: None, annotation: None, kind: ParameterKind::Positional, span: at };
        let value = self.b.expr(Expr::Variable(Variable { hops: 0, slot }), at);
        let target = self.place(name);
        let body = vec![Statement::Bind { pattern: target, value: Some(value), declares: false }];
        self.function_depth -= 1;
        let id = self.b.close_function(FunctionParts { span: at, name_span: at, parameters: vec![parameter], body, ..FunctionParts::default() });
        self.b.expr(Expr::Function(id), at)
    }
}
