//! Copies of libraries in bundles: the function around one runs like any other, but what it exports is the library that
//! models describe, and what the library is known to do is not put down to the program.

use rustc_hash::FxHashMap;

use super::{ContextId, Engine, ObjectId, Site};
use crate::analysis::facts::CapabilityKind;
use crate::analysis::inlined::Copied;
use crate::analysis::model::Models;
use crate::analysis::value::{Arguments, Value};
use crate::program::{FunctionId, ModuleId};

/// The copies by the function around them.
pub(super) fn table(models: &Models) -> FxHashMap<(ModuleId, FunctionId), usize> {
    models.copies().iter().enumerate().map(|(i, copy)| (copy.within, i)).collect()
}

impl Engine<'_> {
    /// The `module` that a function is given to export something with.
    pub(super) fn exporting(&self, arguments: &Arguments) -> Option<ObjectId> {
        arguments.positional.iter().flat_map(Value::alternatives).find_map(|argument| match argument {
            Value::Object(id) if self.object(*id).fields.contains_key(&self.names.exports) => Some(*id),
            _ => None,
        })
    }

    /// What a copy of a library exports is the library.
    pub(super) fn stand_in(&mut self, copy: usize, module_object: Option<ObjectId>, context: ContextId) {
        let models = self.models;
        let Some(copy) = models.copies().get(copy) else { return };
        let library = Value::Api(self.external(copy.ecosystem, self.symbol(&copy.module)));
        match module_object {
            Some(object) => {
                let exports = self.names.exports;
                self.object_mut(object).fields.insert(exports, library);
            }
            // A function that makes the module once, and returns it.
            None if self.module(copy.within.0).functions[copy.within.1.index()].parameters.is_empty() => {
                self.contexts[context.0 as usize].result = library;
            }
            None => {}
        }
    }

    /// Whether something stands in a copy of a library that is known to do it.
    pub(super) fn is_known_of_copy(&self, kind: CapabilityKind, target: &str, site: Site) -> bool {
        self.copy_around(site).is_some_and(|copy| copy.is_known_for(kind, target))
    }

    /// The copy of a library in which something stands.
    pub(crate) fn copy_around(&self, site: Site) -> Option<&Copied> {
        if self.copied.is_empty() {
            return None;
        }
        let span = self.span(site);
        self.models.copies().iter().find(|copy| copy.within.0 == site.module && copy.span.start <= span.start && span.end <= copy.span.end)
    }
}
