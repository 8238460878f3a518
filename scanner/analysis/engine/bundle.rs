//! Libraries inlined in a bundle: a bundler's marks say which file a stretch of code came from, so its names can be
//! taken for the library's own and the models apply as if the library were imported.

use std::rc::Rc;

use super::{At, Engine};
use crate::analysis::value::{Api, Segment, Value};
use crate::program::{Expr, ExprId, ModuleId, Pattern, PatternId, Symbol};

/// `node_modules/@scope/pkg/dist/x.js` → (`@scope/pkg`, `@scope/pkg/dist/x.js`).
pub(crate) fn package_of(path: &str) -> Option<(&str, &str)> {
    let at = path.rfind("node_modules/")?;
    let inside = &path[at + "node_modules/".len()..];
    let parts = if inside.starts_with('@') { 2 } else { 1 };
    let end = inside.match_indices('/').nth(parts - 1).map_or(inside.len(), |(i, _)| i);
    Some((&inside[..end], inside))
}

impl Engine<'_> {
    /// The library value that a top-level declaration of a bundle stands for, when models know it by that name.
    pub(crate) fn inlined_library(&mut self, at: At, pattern: PatternId, value: ExprId) -> Option<Value> {
        let module = self.module(at.module);
        if module.regions.is_empty() || self.frames[at.frame.0 as usize].parent.is_some() {
            return None;
        }
        let Pattern::Variable(variable) = &module.patterns[pattern.index()] else { return None };
        // Only what declares something: a call at the top level runs, whoever wrote it.
        let name = *module.functions[0].slot_names.get(variable.slot as usize)?;
        let start = module.spans[value.index()].start;
        let region = module.regions.partition_point(|(span, _)| span.start <= start).checked_sub(1)?;
        let (span, path) = module.regions.get(region)?;
        if span.end < start {
            return None;
        }
        let (package, file) = package_of(path)?;
        if let Expr::Call(_) = &module.exprs[value.index()]
            && let Some(api) = self.wrapped_module(at.module, name, package)
        {
            return Some(api);
        }
        let ecosystem = module.ecosystem;
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
