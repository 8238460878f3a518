//! Access paths into libraries: the same object for the same path.

use std::rc::Rc;

use super::{Engine, MAX_API_DEPTH};
use crate::analysis::model::{Edge, NodeId};
use crate::analysis::value::{Api, CallRecord, Segment};
use crate::program::{Ecosystem, Symbol};

impl Engine<'_> {
    /// The root of a library's access paths. Dotted names of Python are paths themselves.
    pub(crate) fn external(&mut self, ecosystem: Ecosystem, name: Symbol) -> Rc<Api> {
        if let Some(api) = self.api_roots.get(&(ecosystem, Segment::Module(name))) {
            return api.clone();
        }
        let text = self.name(name);
        let separator = ecosystem.separator().unwrap_or("\0");
        let api = match text.split_once(separator) {
            Some((first, rest)) if !first.is_empty() => {
                let mut api = self.external(ecosystem, self.symbol(first));
                for part in rest.split(separator).take(16) {
                    api = self.api_child(&api, Segment::Member(self.symbol(part)));
                }
                api
            }
            _ => {
                let node = self.models.module(ecosystem, name);
                self.new_api(None, Segment::Module(name), node, None)
            }
        };
        self.api_roots.insert((ecosystem, Segment::Module(name)), api.clone());
        api
    }

    /// A name bound nowhere in the program.
    pub(super) fn global(&mut self, ecosystem: Ecosystem, name: Symbol) -> Rc<Api> {
        if let Some(api) = self.api_roots.get(&(ecosystem, Segment::Global(name))) {
            return api.clone();
        }
        let globals = self.models.module(ecosystem, self.names.globals);
        let node = globals.and_then(|globals| self.models.child(globals, Edge::Member(name)));
        let api = self.new_api(None, Segment::Global(name), node, None);
        self.api_roots.insert((ecosystem, Segment::Global(name)), api.clone());
        api
    }

    /// A value whose call gives `result`.
    pub(super) fn thunk(&mut self, result: &Rc<Api>) -> Rc<Api> {
        let thunk = self.new_api(Some(result.clone()), Segment::Member(self.names.empty), None, None);
        self.api_paths.insert((thunk.id, Segment::Call), result.clone());
        thunk
    }

    pub(super) fn new_api(&mut self, parent: Option<Rc<Api>>, segment: Segment, node: Option<NodeId>, call: Option<Rc<CallRecord>>) -> Rc<Api> {
        self.next_api += 1;
        let depth = parent.as_ref().map_or(0, |p| p.depth + 1);
        let read = parent.as_ref().and_then(|p| p.read);
        Rc::new(Api { parent, id: self.next_api, depth, segment, meaning: None, node, call, read })
    }

    /// The member of a library value; the same object for the same path.
    pub(super) fn api_child(&mut self, parent: &Rc<Api>, segment: Segment) -> Rc<Api> {
        if let Some(api) = self.api_paths.get(&(parent.id, segment)) {
            return api.clone();
        }
        let edge = match segment {
            Segment::Member(name) | Segment::Global(name) | Segment::Module(name) => Edge::Member(name),
            Segment::Call => Edge::Call,
        };
        let mut node = parent.node.and_then(|node| self.models.child(node, edge));
        if node.is_none() && segment == Segment::Member(self.names.default) {
            // The default export of a module that models describe only by names is the module itself.
            node = parent.node.filter(|_| parent.parent.is_none());
        }
        let api = if parent.depth >= MAX_API_DEPTH { parent.clone() } else { self.new_api(Some(parent.clone()), segment, node, None) };
        self.api_paths.insert((parent.id, segment), api.clone());
        api
    }
}
