//! Libraries inlined in a bundle: a bundler's marks say which file a stretch of code came from, so its names can be
//! taken for the library's own and the models apply as if the library were imported. Where a bundler left no mark, a
//! library's class is known by the methods it has, and the schema of a request by the method it asks for.

use std::rc::Rc;

use super::{At, Engine};
use crate::analysis::value::{Api, Segment, Value};
use crate::program::{Call, ClassId, Entry, Expr, ExprId, Key, MemberKind, Module, ModuleId, Pattern, PatternId, Span, Statement, Symbol};

/// `node_modules/@scope/pkg/dist/x.js` → (`@scope/pkg`, `@scope/pkg/dist/x.js`).
pub(crate) fn package_of(path: &str) -> Option<(&str, &str)> {
    let at = path.rfind("node_modules/")?;
    let inside = &path[at + "node_modules/".len()..];
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let end = inside.match_indices('/').nth(parts - 1).map_or(inside.len(), |(i, _)| i);
    Some((&inside[..end], inside))
}

impl Engine<'_> {
    /// Whether a statement at the top level of a bundle belongs to an inlined library that models speak for: what it
    /// does when it is loaded is then the model's to say, as it is when the library is imported.
    pub(crate) fn spoken_for(&self, at: At, statement: &Statement) -> bool {
        let module = self.module(at.module);
        if module.regions.is_empty() || self.frames[at.frame.0 as usize].parent.is_some() {
            return false;
        }
        let expr = match statement {
            Statement::Expr(expr) => *expr,
            Statement::Bind { value: Some(value), .. } => *value,
            Statement::If { test, .. } => *test,
            _ => return false,
        };
        let declares = matches!(
            module.exprs[expr.index()],
            Expr::Function(_) | Expr::Class(_) | Expr::Import(_) | Expr::Variable(_) | Expr::Member { .. } | Expr::Object(_) | Expr::Str(_)
        );
        if declares {
            return false;
        }
        let start = module.spans[expr.index()].start;
        let Some((_, path)) = self.region(module, start) else { return false };
        let Some((package, file)) = package_of(path) else { return false };
        [package, file].iter().any(|name| self.models.module(module.ecosystem, self.symbol(name)).is_some())
    }

    /// The class of a library that a class of the program is a copy of.
    pub(crate) fn inlined_class(&mut self, module: ModuleId, class: ClassId) -> Option<Rc<Api>> {
        let ecosystem = self.ecosystem(module);
        let members = &self.module(module).classes[class.index()].members;
        let defines = |name: &Symbol| members.iter().any(|m| matches!(m.kind, MemberKind::Method(_)) && matches!(&m.key, Key::Name(n) if n == name));
        let models = self.models;
        let shape = models.shapes().iter().find(|shape| shape.ecosystem == ecosystem && shape.methods.iter().all(defines))?;
        let mut api = self.external(ecosystem, shape.module);
        for name in &shape.path {
            api = self.api_child(&api, Segment::Member(*name));
        }
        Some(api)
    }

    /// `schema.extend({ method: literal("tools/list") })`: whatever library makes the schema, it is that of a request.
    pub(crate) fn request_schema(&mut self, module: ModuleId, call: &Call) -> Option<Value> {
        let exprs = &self.module(module).exprs;
        let method = call.arguments.iter().take(3).find_map(|argument| {
            let Expr::Object(entries) = &exprs[argument.value.index()] else { return None };
            entries.iter().find_map(|entry| match entry {
                Entry::Field { key: Key::Name(name), value } if *name == self.names.method => match &exprs[value.index()] {
                    Expr::Call(literal) => match literal.arguments.first().map(|text| &exprs[text.value.index()]) {
                        Some(Expr::Str(text)) => Some(text.clone()),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            })
        })?;
        let (library, schema) = self.models.request(&method)?;
        let library = self.external(self.ecosystem(module), library);
        Some(Value::Api(self.api_child(&library, Segment::Member(schema))))
    }

    fn region<'m>(&self, module: &'m Module, offset: u32) -> Option<&'m (Span, String)> {
        let region = module.regions.partition_point(|(span, _)| span.start <= offset).checked_sub(1)?;
        module.regions.get(region).filter(|(span, _)| span.end >= offset)
    }

    /// A function that a compiler puts into every file, where models know it by its name.
    fn compiler_helper(&mut self, at: At, pattern: PatternId) -> Option<Value> {
        let module = self.module(at.module);
        let Pattern::Variable(variable) = &module.patterns[pattern.index()] else { return None };
        if variable.hops > 0 || self.frames[at.frame.0 as usize].parent.is_some() {
            return None;
        }
        let name = *module.functions[0].slot_names.get(variable.slot as usize)?;
        if name != self.names.import_star {
            return None;
        }
        let helper = self.global(module.ecosystem, name);
        helper.node.is_some().then_some(Value::Api(helper))
    }

    /// The library value that a top-level declaration of a bundle stands for, when models know it by that name.
    pub(crate) fn inlined_library(&mut self, at: At, pattern: PatternId, value: ExprId) -> Option<Value> {
        let module = self.module(at.module);
        if let Some(helper) = self.compiler_helper(at, pattern) {
            return Some(helper);
        }
        if module.regions.is_empty() || self.frames[at.frame.0 as usize].parent.is_some() {
            return None;
        }
        let Pattern::Variable(variable) = &module.patterns[pattern.index()] else { return None };
        // Only what declares something: a call at the top level runs, whoever wrote it.
        let name = *module.functions[0].slot_names.get(variable.slot as usize)?;
        let start = module.spans[value.index()].start;
        let (_, path) = self.region(module, start)?;
        let (package, file) = package_of(path)?;
        if let Expr::Call(_) = &module.exprs[value.index()]
            && let Some(api) = self.wrapped_module(at.module, name, package)
        {
            return Some(api);
        }
        let ecosystem = module.ecosystem;
        if self.is_default_of(name, package) {
            let root = self.symbol(package);
            if self.models.module(ecosystem, root).is_some() {
                let root = self.external(ecosystem, root);
                return Some(Value::Api(self.api_child(&root, Segment::Member(self.names.default))));
            }
        }
        for root in [file, package] {
            let root = self.symbol(root);
            if self.models.module(ecosystem, root).is_none() {
                continue;
            }
            let root = self.external(ecosystem, root);
            for name in self.spellings(name) {
                let child = self.api_child(&root, Segment::Member(name));
                if child.node.is_some_and(|node| self.models.entry(node).known || self.models.has_members(node)) && !self.is_wildcard(&root, name) {
                    return Some(Value::Api(child));
                }
            }
        }
        None
    }

    /// `var require_x = __commonJS({…})`: calling it gives the module.
    fn wrapped_module(&mut self, module: ModuleId, name: Symbol, package: &str) -> Option<Value> {
        if !self.name(name).starts_with("require_") {
            return None;
        }
        let ecosystem = self.ecosystem(module);
        let symbol = self.symbol(package);
        self.models.module(ecosystem, symbol)?;
        let root = self.external(ecosystem, symbol);
        // A function whose result is the library.
        Some(Value::Api(self.thunk(&root)))
    }

    /// Bundlers name a default export after its package: `axios`, `axios_default`.
    fn is_default_of(&self, name: Symbol, package: &str) -> bool {
        let plain = |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect::<String>();
        let name = self.name(name);
        let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let short = package.rsplit('/').next().unwrap_or(package);
        plain(name.strip_suffix("_default").unwrap_or(name)) == plain(short)
    }

    /// The name, and without the digits that bundlers append to tell equal names apart.
    fn spellings(&self, name: Symbol) -> Vec<Symbol> {
        let text = self.name(name);
        let plain = text.trim_end_matches(|c: char| c.is_ascii_digit());
        let mut all = vec![name];
        for spelling in [plain, text.trim_start_matches('_'), plain.trim_start_matches('_')] {
            if !spelling.is_empty() && spelling != &*text {
                all.push(self.symbol(spelling));
            }
        }
        all
    }

    /// Whether the member is only known by a `*`.
    fn is_wildcard(&self, root: &Rc<Api>, name: Symbol) -> bool {
        use crate::analysis::model::Edge;
        let node = |edge| root.node.and_then(|n| self.models.child(n, edge));
        node(Edge::Any).is_some() && node(Edge::Any) == node(Edge::Member(name))
    }
}
