//! What modules of the program export.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Engine, MAX_ITEMS, ObjectKind, Site};
use crate::analysis::value::{Segment, Value};
use crate::program::{Export, ExprId, ModuleId, Symbol, Target};

/// Most modules that are asked for one export.
const MAX_MODULES: usize = 4096;

impl Engine<'_> {
    /// An export of a module, by name.
    pub(crate) fn module_export(&mut self, namespace: &Value, name: Symbol) -> Option<Value> {
        self.module_export_by(namespace, name, &mut FxHashSet::default())
    }

    /// `asked`: what was looked for on the way here. Modules that export one another in circles are asked once.
    fn module_export_by(&mut self, namespace: &Value, name: Symbol, asked: &mut FxHashSet<(ModuleId, Symbol)>) -> Option<Value> {
        let Value::Module(id) = *namespace else {
            let Value::Api(api) = namespace else { return None };
            let child = self.api_child(api, Segment::Member(name));
            return child.node.is_some().then_some(Value::Api(child));
        };
        if asked.len() >= MAX_MODULES || !asked.insert((id, name)) {
            return None;
        }
        let frame = self.run_module(id);
        let module = self.module(id);
        let (export, slot) = self.exported(id, name);
        match export.map(|at| &module.exports[at]) {
            Some(Export::Local { slot, .. }) => {
                let value = self.frames[frame.0 as usize].slots.get(*slot as usize).cloned()?;
                if matches!(value, Value::Bool(_) | Value::Null | Value::Number(_)) {
                    self.volatile += 1;
                }
                return Some(value);
            }
            Some(Export::From { import, imported, .. }) => {
                let target = self.program.target(id, *import);
                let namespace = self.import(id, target);
                return Some(match imported {
                    None => namespace,
                    Some(imported) => match &namespace {
                        Value::Module(_) => self.module_export_by(&namespace, *imported, asked)?,
                        Value::Api(api) => Value::Api(self.api_child(api, Segment::Member(*imported))),
                        _ => return None,
                    },
                });
            }
            _ => {}
        }
        if let Some(slot) = slot {
            let value = self.frames[frame.0 as usize].slots[slot].clone();
            if !matches!(value, Value::Undefined) {
                return Some(value);
            }
        }
        let stars: Vec<Target> = self.program.star_exports(id).collect();
        for target in stars {
            let namespace = self.import(id, target);
            if let Some(value) = self.module_export_by(&namespace, name, asked) {
                return Some(value);
            }
        }
        if module.ecosystem.traits().assigned_exports && self.module_objects.contains_key(&id) {
            let object = self.module_object(id);
            let exports = self.object(object).fields.get(&self.names.exports).cloned()?;
            let own = match &exports {
                Value::Object(object) if !matches!(self.object(*object).kind, ObjectKind::Instance(_)) => {
                    self.object(*object).fields.get(&name).cloned()
                }
                Value::Api(api) => Some(Value::Api(self.api_child(api, Segment::Member(name)))),
                // `module.exports = require("./other")`
                Value::Module(_) => self.module_export_by(&exports, name, asked),
                other => {
                    let site = Site { module: id, expr: ExprId(0) };
                    self.known_member(other, name, site)
                }
            };
            // `import x from "./cjs"`: the default export is `module.exports` itself.
            return match own {
                None if name == self.names.default => Some(exports),
                own => own,
            };
        }
        None
    }

    /// Where a module exports a name: the position of the export, and the slot of its variable where all are exported.
    fn exported(&mut self, id: ModuleId, name: Symbol) -> (Option<usize>, Option<usize>) {
        let module = self.module(id);
        let table = self.exports[id.index()].get_or_insert_with(|| {
            let mut table: FxHashMap<Symbol, (Option<usize>, Option<usize>)> = FxHashMap::default();
            for (at, export) in module.exports.iter().enumerate() {
                if let Export::Local { name, .. } | Export::From { name, .. } = export {
                    table.entry(*name).or_default().0.get_or_insert(at);
                }
            }
            if module.exports_all {
                for (slot, name) in module.functions[0].slot_names.iter().enumerate() {
                    table.entry(*name).or_default().1.get_or_insert(slot);
                }
            }
            table
        });
        table.get(&name).copied().unwrap_or_default()
    }

    /// Every export of a module with its value, its own first.
    pub(crate) fn module_exports(&mut self, namespace: &Value) -> Vec<(Symbol, Value)> {
        let Value::Module(first) = *namespace else { return Vec::new() };
        let mut modules = vec![first];
        let mut next = 0;
        let mut names: FxHashSet<Symbol> = FxHashSet::default();
        let mut all: Vec<(Symbol, Value)> = Vec::new();
        while let Some(&id) = modules.get(next) {
            next += 1;
            for name in self.own_exports(id) {
                if all.len() < MAX_ITEMS
                    && names.insert(name)
                    && let Some(value) = self.module_export(&Value::Module(id), name)
                {
                    all.push((name, value));
                }
            }
            for target in self.program.star_exports(id) {
                if let Target::Module(other) = target
                    && modules.len() < MAX_MODULES
                    && !modules.contains(&other)
                {
                    modules.push(other);
                }
            }
        }
        all
    }

    /// Names that a module itself exports.
    fn own_exports(&self, id: ModuleId) -> Vec<Symbol> {
        let module = self.module(id);
        let mut names: Vec<Symbol> = module
            .exports
            .iter()
            .filter_map(|export| match export {
                Export::Local { name, .. } | Export::From { name, .. } => Some(*name),
                Export::All { .. } => None,
            })
            .collect();
        if module.exports_all {
            names.extend(module.functions[0].slot_names.iter().copied());
        }
        if let Some(&object) = self.module_objects.get(&id)
            && let Some(Value::Object(exports)) = self.object(object).fields.get(&self.names.exports)
        {
            names.extend(self.object(*exports).fields.keys().copied().filter(|name| *name != self.names.es_module));
        }
        names
    }
}
