//! Builds one [`Module`] and resolves its names.
//!
//! A lowering opens functions and scopes as it meets them, declares names where the language declares them, and refers
//! to names freely: references are settled when their scope closes, so that hoisting needs no second pass.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Block, Class, ClassId, Ecosystem, Export, Expr, ExprId, Function, FunctionId, FunctionKind, Import, ImportId, Interner, Module, Parameter,
    Pattern, PatternId, Span, Symbol, Variable,
};

/// What a scope can hold and who sees into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The outermost scope of a function: `var`-like declarations land here.
    Function,
    /// `{ … }`: `let`, `const`, `class`, catch parameters.
    Block,
    /// A class body whose names only the body itself sees, not the functions in it (Python).
    Class,
}

/// All of a function but its name resolution, given to [`Builder::close_function`].
#[derive(Debug, Default)]
pub struct FunctionParts {
    pub name: Option<Symbol>,
    pub span: Span,
    pub name_span: Span,
    pub parameters: Vec<Parameter>,
    pub body: Block,
    pub is_async: bool,
    pub is_generator: bool,
    pub doc: Option<Arc<str>>,
    pub returns: Option<ExprId>,
}

#[derive(Debug)]
pub struct Builder<'a> {
    interner: &'a Interner,
    cache: FxHashMap<Box<str>, Symbol>,
    module: Module,
    functions: Vec<OpenFunction>,
    scopes: Vec<Scope>,
}

#[derive(Debug)]
struct OpenFunction {
    id: FunctionId,
    kind: FunctionKind,
    slot_names: Vec<Symbol>,
}

#[derive(Debug)]
struct Scope {
    kind: ScopeKind,
    /// Depth of the function that holds it (0 = module).
    depth: usize,
    names: FxHashMap<Symbol, u32>,
    /// Names that assignments in this scope do not declare (`global`, `nonlocal`).
    outer: FxHashSet<Symbol>,
    pending: Vec<Reference>,
}

#[derive(Clone, Copy, Debug)]
struct Reference {
    name: Symbol,
    depth: usize,
    site: Site,
}

#[derive(Clone, Copy, Debug)]
enum Site {
    Expr(ExprId),
    Pattern(PatternId),
}

impl<'a> Builder<'a> {
    /// Starts a module; its top level is open.
    pub fn new(path: &str, ecosystem: Ecosystem, interner: &'a Interner) -> Self {
        let module = Module {
            path: path.to_owned(),
            ecosystem,
            exprs: Vec::new(),
            spans: Vec::new(),
            patterns: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            exports_all: false,
            regions: Vec::new(),
            error_bytes: 0,
            problems: Vec::new(),
            part_of: None,
            notes: FxHashMap::default(),
        };
        let mut builder = Builder { interner, cache: FxHashMap::default(), module, functions: Vec::new(), scopes: Vec::new() };
        builder.open_function(FunctionKind::Module);
        builder
    }

    /// Closes the top level and returns the module. Names still unresolved are globals.
    pub fn finish(mut self, parts: FunctionParts) -> Module {
        while self.functions.len() > 1 {
            self.close_function(FunctionParts::default());
        }
        self.close_function(parts);
        self.module
    }

    /// The module as built so far: for its exports, regions, problems.
    pub fn module(&mut self) -> &mut Module {
        &mut self.module
    }

    pub fn symbol(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.cache.get(name) {
            return symbol;
        }
        let symbol = self.interner.intern(name);
        self.cache.insert(name.into(), symbol);
        symbol
    }

    pub fn expr(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = ExprId(self.module.exprs.len() as u32);
        self.module.exprs.push(expr);
        self.module.spans.push(span);
        id
    }

    pub fn pattern(&mut self, pattern: Pattern) -> PatternId {
        let id = PatternId(self.module.patterns.len() as u32);
        self.module.patterns.push(pattern);
        id
    }

    pub fn import(&mut self, specifier: &str, span: Span, types_only: bool) -> ImportId {
        let id = ImportId(self.module.imports.len() as u32);
        self.module.imports.push(Import { specifier: specifier.into(), span, types_only });
        id
    }

    pub fn class(&mut self, class: Class) -> ClassId {
        let id = ClassId(self.module.classes.len() as u32);
        self.module.classes.push(class);
        id
    }

    /// Opens a function and its outermost scope. Everything until [`close_function`](Self::close_function) is inside.
    pub fn open_function(&mut self, kind: FunctionKind) -> FunctionId {
        let id = FunctionId(self.module.functions.len() as u32);
        // A placeholder keeps the index, so that functions are numbered in source order.
        self.module.functions.push(Function {
            name: None,
            span: Span::default(),
            name_span: Span::default(),
            kind,
            parameters: Vec::new(),
            body: Vec::new(),
            frame_size: 0,
            slot_names: Vec::new(),
            is_async: false,
            is_generator: false,
            doc: None,
            returns: None,
        });
        self.functions.push(OpenFunction { id, kind, slot_names: Vec::new() });
        self.open_scope(ScopeKind::Function);
        id
    }

    pub fn close_function(&mut self, parts: FunctionParts) -> FunctionId {
        let depth = self.functions.len() - 1;
        while self.scopes.last().is_some_and(|s| s.depth == depth) {
            self.close_scope();
        }
        let open = self.functions.pop().unwrap_or(OpenFunction { id: FunctionId(0), kind: FunctionKind::Plain, slot_names: Vec::new() });
        let FunctionParts { name, span, name_span, parameters, body, is_async, is_generator, doc, returns } = parts;
        self.module.functions[open.id.index()] = Function {
            name,
            span,
            name_span,
            kind: open.kind,
            parameters,
            body,
            frame_size: open.slot_names.len() as u32,
            slot_names: open.slot_names,
            is_async,
            is_generator,
            doc,
            returns,
        };
        open.id
    }

    pub fn open_scope(&mut self, kind: ScopeKind) {
        let depth = self.functions.len() - 1;
        self.scopes.push(Scope { kind, depth, names: FxHashMap::default(), outer: FxHashSet::default(), pending: Vec::new() });
    }

    /// Closes the innermost scope: what was declared in it settles the references made in it, the rest move outwards.
    pub fn close_scope(&mut self) {
        let Some(scope) = self.scopes.pop() else { return };
        for reference in scope.pending {
            let visible = scope.kind != ScopeKind::Class || reference.depth == scope.depth;
            match scope.names.get(&reference.name).filter(|_| visible) {
                Some(&slot) => self.settle(reference, Variable { hops: (reference.depth - scope.depth) as u16, slot }),
                None => match self.scopes.last_mut() {
                    Some(parent) => parent.pending.push(reference),
                    None => self.settle_global(reference),
                },
            }
        }
    }

    /// Declares `name` in the innermost scope and returns its slot in the current function's frame.
    pub fn declare(&mut self, name: Symbol) -> u32 {
        let at = self.scopes.len() - 1;
        self.declare_at(at, name)
    }

    /// Declares `name` in the outermost scope of the current function (`var`; every binding in Python).
    pub fn declare_in_function(&mut self, name: Symbol) -> u32 {
        let depth = self.functions.len() - 1;
        let at = self.scopes.iter().position(|s| s.depth == depth).unwrap_or(self.scopes.len() - 1);
        self.declare_at(at, name)
    }

    /// Declares `name` at the top level of the module (`global x` in a function).
    pub fn declare_in_module(&mut self, name: Symbol) -> u32 {
        self.declare_at(0, name)
    }

    /// From here on, [`assign`](Self::assign) in the current function leaves `name` to an outer scope.
    pub fn declare_outer(&mut self, name: Symbol) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.outer.insert(name);
        }
    }

    fn declare_at(&mut self, at: usize, name: Symbol) -> u32 {
        if let Some(&slot) = self.scopes[at].names.get(&name) {
            return slot;
        }
        let function = self.scopes[at].depth;
        let slots = &mut self.functions[function].slot_names;
        let slot = slots.len() as u32;
        slots.push(name);
        self.scopes[at].names.insert(name, slot);
        slot
    }

    /// A slot with a name that no source can spell, for values a lowering needs to keep.
    pub fn temporary(&mut self) -> u32 {
        let name = self.symbol("");
        let slots = &mut self.functions.last_mut().expect("the module's top level is open").slot_names;
        slots.push(name);
        slots.len() as u32 - 1
    }

    /// A slot that goes by `name`, for a lowering that finds the uses of it by itself.
    pub fn fresh(&mut self, name: Symbol) -> u32 {
        let slots = &mut self.functions.last_mut().expect("the module's top level is open").slot_names;
        slots.push(name);
        slots.len() as u32 - 1
    }

    pub fn text(&self, name: Symbol) -> Arc<str> {
        self.interner.text(name)
    }

    /// Where an expression stands.
    pub fn span(&self, id: ExprId) -> Span {
        self.module.spans.get(id.index()).copied().unwrap_or_default()
    }

    /// Whether nothing is said of an expression.
    pub fn is_unknown(&self, id: ExprId) -> bool {
        matches!(self.module.exprs.get(id.index()), Some(Expr::Unknown) | None)
    }

    /// A use of `name`.
    pub fn name(&mut self, name: Symbol, span: Span) -> ExprId {
        let id = self.expr(Expr::Global(name), span);
        self.refer(name, Site::Expr(id));
        id
    }

    /// An assignment to `name`, wherever it is declared.
    pub fn target(&mut self, name: Symbol) -> PatternId {
        let id = self.pattern(Pattern::Global(name));
        self.refer(name, Site::Pattern(id));
        id
    }

    /// Declares `name` in the innermost scope and returns the pattern that binds it.
    pub fn binding(&mut self, name: Symbol) -> PatternId {
        let slot = self.declare(name);
        self.pattern(Pattern::Variable(Variable { hops: 0, slot }))
    }

    /// Binds `name` as an assignment does in a language without declarations: in the innermost function or class scope,
    /// unless [`declare_outer`](Self::declare_outer) said otherwise.
    pub fn assign(&mut self, name: Symbol) -> PatternId {
        let depth = self.functions.len() - 1;
        let holder = self.scopes.iter().rposition(|s| s.depth == depth && s.kind != ScopeKind::Block);
        let outer = self.scopes.iter().rev().take_while(|s| s.depth == depth).any(|s| s.outer.contains(&name));
        match holder {
            Some(at) if !outer => {
                let slot = self.declare_at(at, name);
                self.pattern(Pattern::Variable(Variable { hops: 0, slot }))
            }
            _ => self.target(name),
        }
    }

    /// True when the top level of the module is the innermost function.
    pub fn at_top_level(&self) -> bool {
        self.functions.len() == 1
    }

    pub fn export(&mut self, export: Export) {
        self.module.exports.push(export);
    }

    pub fn problem(&mut self, span: Span, what: impl Into<String>) {
        self.module.problems.push((span, what.into()));
    }

    fn refer(&mut self, name: Symbol, site: Site) {
        let depth = self.functions.len() - 1;
        if let Some(scope) = self.scopes.last_mut() {
            scope.pending.push(Reference { name, depth, site });
        }
    }

    fn settle(&mut self, reference: Reference, variable: Variable) {
        match reference.site {
            Site::Expr(id) => self.module.exprs[id.index()] = Expr::Variable(variable),
            Site::Pattern(id) => self.module.patterns[id.index()] = Pattern::Variable(variable),
        }
    }

    fn settle_global(&mut self, reference: Reference) {
        match reference.site {
            Site::Expr(id) => self.module.exprs[id.index()] = Expr::Global(reference.name),
            Site::Pattern(id) => self.module.patterns[id.index()] = Pattern::Global(reference.name),
        }
    }
}
