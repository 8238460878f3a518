//! One pass over the syntax tree of a file: the state, and the helpers that every part of the language uses.

use std::sync::{Arc, LazyLock};

use tree_sitter::{Node, Parser, Tree, TreeCursor};

use super::grammar::{Grammar, Kind};
use super::literal;
use crate::program::{
    Ecosystem, Export, Expr, ExprId, Import, ImportId, Interner, Module, Span, Symbol,
    builder::{Builder, FunctionParts},
};

/// Nested expressions and statements that are followed; what is deeper becomes unknown.
const MAX_DEPTH: u32 = 400;
/// A hostile file can be too deep in a million places; a few of them say enough.
const MAX_PROBLEMS: usize = 100;

/// Lowers `text` with the dialect that understands it best.
pub(super) fn lower(path: &str, text: &str, interner: &Interner, dialects: &[&'static LazyLock<Grammar>]) -> Module {
    let mut best: Option<(&'static Grammar, Tree, u32)> = None;
    for dialect in dialects {
        let grammar: &'static Grammar = dialect;
        let Some(tree) = parse(grammar, text) else { continue };
        let errors = error_bytes(&tree);
        if best.as_ref().is_none_or(|(_, _, fewest)| errors < *fewest) {
            best = Some((grammar, tree, errors));
        }
        // A slip or two is cheaper to bear than a second parse.
        if best.as_ref().is_some_and(|(_, _, fewest)| (*fewest as usize) * 200 <= text.len()) {
            break;
        }
    }
    let Some((grammar, tree, errors)) = best else {
        let mut builder = Builder::new(path, Ecosystem::JavaScript, interner);
        builder.problem(Span { start: 0, end: text.len() as u32 }, "the parser refused the file");
        builder.module().error_bytes = text.len() as u32;
        return builder.finish(FunctionParts::default());
    };
    let mut lowering = Lowering::new(path, text, interner, grammar, tree.root_node());
    lowering.b.module().error_bytes = errors;
    lowering.module(tree.root_node())
}

pub(super) fn parse(grammar: &Grammar, text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    parser.parse(text, None)
}

/// Bytes inside the outermost ERROR nodes, and one for each token that had to be made up.
fn error_bytes(tree: &Tree) -> u32 {
    let mut total = 0;
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if node.is_error() {
            total += (node.end_byte() - node.start_byte()) as u32;
        } else if node.is_missing() {
            total += 1;
        } else if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return total;
            }
        }
    }
}

/// A call of `require`, to be settled when it is known whether the file declares that name.
pub(super) struct Require {
    pub(super) call: ExprId,
    pub(super) callee: ExprId,
    pub(super) argument: ExprId,
    pub(super) span: Span,
}

/// Names that recur in every file.
pub(super) struct Names {
    pub(super) default: Symbol,
    pub(super) exports: Symbol,
    pub(super) module: Symbol,
    pub(super) require: Symbol,
    pub(super) constructor: Symbol,
    pub(super) import: Symbol,
    pub(super) meta: Symbol,
}

pub(super) struct Lowering<'t, 'i> {
    pub(super) b: Builder<'i>,
    pub(super) text: &'t str,
    pub(super) g: &'static Grammar,
    pub(super) names: Names,
    cursor: TreeCursor<'t>,
    depth: u32,
    pub(super) requires: Vec<Require>,
    /// The documentation comment before the statement or member being lowered, until a function or class takes it.
    pub(super) doc: Option<Node<'t>>,
    /// Names declared by the declaration being lowered, when someone asks.
    pub(super) declared: Option<Vec<Symbol>>,
    /// `export { local as name }`, settled at the end of the file: the declaration may follow.
    pub(super) exported: Vec<(Symbol, Symbol)>,
    /// Names exported by the namespace around, when there is one.
    pub(super) namespace: Option<Vec<Symbol>>,
    /// The next function is a generator that stands for an `async` function.
    pub(super) awaits: bool,
    /// In such a function: what is yielded is awaited.
    pub(super) yield_awaits: bool,
    /// Names of the plain parameters of the function around that has `arguments` of its own, up to the first that has none.
    pub(super) around: Vec<Symbol>,
    /// `arguments`, when that function hands it on.
    pub(super) hands_on: Option<Symbol>,
}

impl<'t, 'i> Lowering<'t, 'i> {
    fn new(path: &str, text: &'t str, interner: &'i Interner, g: &'static Grammar, root: Node<'t>) -> Self {
        let mut b = Builder::new(path, Ecosystem::JavaScript, interner);
        let names = Names {
            default: b.symbol("default"),
            exports: b.symbol("exports"),
            module: b.symbol("module"),
            require: b.symbol("require"),
            constructor: b.symbol("constructor"),
            import: b.symbol("import"),
            meta: b.symbol("meta"),
        };
        Lowering {
            b,
            text,
            g,
            names,
            cursor: root.walk(),
            depth: 0,
            requires: Vec::new(),
            doc: None,
            declared: None,
            exported: Vec::new(),
            namespace: None,
            awaits: false,
            yield_awaits: false,
            around: Vec::new(),
            hands_on: None,
        }
    }

    fn module(mut self, root: Node<'t>) -> Module {
        let mut body = Vec::new();
        self.statements(root, &mut body);
        self.mark_regions(root);
        for (name, local) in std::mem::take(&mut self.exported) {
            let slot = self.b.declare(local);
            self.b.export(Export::Local { name, slot });
        }
        let (requires, require) = (std::mem::take(&mut self.requires), self.names.require);
        let span = span(root);
        let mut module = self.b.finish(FunctionParts { span, name_span: Span { start: 0, end: 0 }, body, ..FunctionParts::default() });
        for call in requires {
            settle_require(&mut module, &call, require);
        }
        module.regions.sort();
        module
    }

    /// Comments at the top level that name a file begin a region; it lasts until the next one.
    fn mark_regions(&mut self, root: Node<'t>) {
        let mut open: Option<(u32, String)> = None;
        let mut regions = Vec::new();
        for (node, _) in self.children_with_fields(root) {
            if self.kind(node) == Kind::Comment
                && let Some(path) = literal::region_marker(self.of(node))
            {
                let start = node.start_byte() as u32;
                if let Some((from, path)) = open.replace((start, path.to_owned())) {
                    regions.push((Span { start: from, end: start }, path));
                }
            }
        }
        if let Some((from, path)) = open {
            regions.push((Span { start: from, end: self.text.len() as u32 }, path));
        }
        self.b.module().regions.append(&mut regions);
    }

    pub(super) fn kind(&self, node: Node<'_>) -> Kind {
        self.g.kind(node)
    }

    /// The source text of a node.
    pub(super) fn of(&self, node: Node<'_>) -> &'t str {
        self.text.get(node.start_byte()..node.end_byte()).unwrap_or("")
    }

    pub(super) fn field(&self, node: Node<'t>, field: u16) -> Option<Node<'t>> {
        if field == 0 { None } else { node.child_by_field_id(field) }
    }

    /// The named children, without comments.
    pub(super) fn children(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        let mut out = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if !matches!(self.g.kind(child), Kind::Token | Kind::Comment) {
                out.push(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        out
    }

    /// The first named child that is not a comment.
    pub(super) fn inner(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            let child = self.cursor.node();
            if !matches!(self.g.kind(child), Kind::Token | Kind::Comment) {
                return Some(child);
            }
            more = self.cursor.goto_next_sibling();
        }
        None
    }

    /// Every child, tokens and comments too, with the field it is in (0 for none).
    pub(super) fn children_with_fields(&mut self, node: Node<'t>) -> Vec<(Node<'t>, u16)> {
        let mut out = Vec::new();
        self.cursor.reset(node);
        let mut more = self.cursor.goto_first_child();
        while more {
            out.push((self.cursor.node(), self.cursor.field_id().map_or(0, |id| id.get())));
            more = self.cursor.goto_next_sibling();
        }
        out
    }

    /// The name that an identifier spells; escapes in it are read, so that they hide nothing.
    pub(super) fn ident(&mut self, node: Node<'t>) -> Symbol {
        let text = self.of(node);
        self.b.symbol(&literal::cooked(text))
    }

    /// The text of a string literal node.
    pub(super) fn string(&self, node: Node<'t>) -> std::borrow::Cow<'t, str> {
        literal::cooked(literal::unquoted(self.of(node)))
    }

    pub(super) fn read(&mut self, name: Symbol, at: Node<'t>) -> ExprId {
        self.b.name(name, span(at))
    }

    pub(super) fn make(&mut self, expr: Expr, at: Node<'t>) -> ExprId {
        self.b.expr(expr, span(at))
    }

    /// `import.meta`: the member `meta` of something named as no variable can be.
    pub(super) fn import_meta(&mut self, at: Node<'t>) -> ExprId {
        let import = self.make(Expr::Global(self.names.import), at);
        self.make(Expr::Member { object: import, property: self.names.meta }, at)
    }

    pub(super) fn str(&mut self, text: &str, at: Node<'t>) -> ExprId {
        self.make(Expr::Str(text.into()), at)
    }

    /// All of `parts`, in order, with the value of the last.
    pub(super) fn sequence(&mut self, mut parts: Vec<ExprId>, at: Node<'t>) -> ExprId {
        match parts.len() {
            0 => self.make(Expr::Undefined, at),
            1 => parts.remove(0),
            _ => self.make(Expr::Sequence(parts.into()), at),
        }
    }

    /// Enters one level of nesting; false when that is one too many. Every `true` needs a [`leave`](Self::leave).
    pub(super) fn enter(&mut self, node: Node<'t>) -> bool {
        if self.depth >= MAX_DEPTH {
            if self.b.module().problems.len() < MAX_PROBLEMS {
                self.b.problem(span(node), "nested too deeply");
            }
            return false;
        }
        self.depth += 1;
        true
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Takes the documentation that waits for a function or class.
    pub(super) fn take_doc(&mut self) -> Option<Arc<str>> {
        let comment = self.doc.take()?;
        literal::doc(self.of(comment)).map(Arc::from)
    }

    /// Notes that the declaration being lowered declares `name`.
    pub(super) fn declares(&mut self, name: Symbol) {
        if let Some(names) = &mut self.declared {
            names.push(name);
        }
    }
}

fn settle_require(module: &mut Module, call: &Require, require: Symbol) {
    if !matches!(module.exprs[call.callee.index()], Expr::Global(name) if name == require) {
        return; // the file has a `require` of its own
    }
    module.exprs[call.call.index()] = match &module.exprs[call.argument.index()] {
        Expr::Str(specifier) => {
            let specifier = normalized(specifier).into();
            let id = ImportId(module.imports.len() as u32);
            module.imports.push(Import { specifier, span: call.span, types_only: false });
            Expr::Import(id)
        }
        _ => Expr::ImportDynamic(call.argument),
    };
}

/// A module specifier without the `node:` scheme.
/// A specifier as models and resolvers know it: without the prefix of a registry (`node:`, `npm:`).
pub(super) fn normalized(specifier: &str) -> String {
    let Some(package) = specifier.strip_prefix("npm:") else { return specifier.strip_prefix("node:").unwrap_or(specifier).to_owned() };
    // `npm:@scope/name@1.2.3/path`: the version goes.
    let package = package.trim_start_matches('/');
    match package.get(1..).and_then(|rest| rest.find('@')) {
        Some(at) => {
            let (name, version) = package.split_at(at + 1);
            format!("{name}{}", version.find('/').map_or("", |slash| &version[slash..]))
        }
        None => package.to_owned(),
    }
}

pub(super) fn span(node: Node<'_>) -> Span {
    Span { start: node.start_byte() as u32, end: node.end_byte() as u32 }
}
