//! Embedded fields: what an object lacks, the values of such fields may have.

use std::rc::Rc;

use super::{Engine, ObjectId, Site};
use crate::analysis::value::{ClassValue, Value, union};
use crate::program::{Key, Symbol};

/// Fields inside fields that are looked into.
const MAX_DEPTH: u32 = 8;

impl Engine<'_> {
    /// A member that an embedded field of the object has.
    pub(super) fn delegated_member(&mut self, class: &Rc<ClassValue>, id: ObjectId, name: Symbol, site: Site) -> Option<Value> {
        if self.depth >= super::MAX_DEPTH || self.delegations >= MAX_DEPTH {
            return None;
        }
        let fields = self.delegates(class);
        if fields.is_empty() {
            return None;
        }
        self.delegations += 1;
        let mut found = None;
        for field in fields {
            let Some(held) = self.object(id).fields.get(&field).cloned() else { continue };
            let members: Vec<Value> = held
                .alternatives()
                .to_vec()
                .iter()
                .filter(|held| match held {
                    // Anything may be a member of a library's value; only what models know is.
                    Value::Api(api) => api.node.is_none_or(|node| self.models.child(node, crate::analysis::model::Edge::Member(name)).is_some()),
                    _ => true,
                })
                .filter_map(|held| self.known_member(held, name, site))
                .filter(|member| !matches!(member, Value::Undefined))
                .collect();
            if !members.is_empty() {
                found = Some(union(members));
                break;
            }
        }
        self.delegations -= 1;
        found
    }

    /// Names of the fields that a class embeds.
    fn delegates(&self, class: &Rc<ClassValue>) -> Vec<Symbol> {
        let module = self.module(class.module);
        let members = &module.classes[class.class.index()].members;
        let embedded = |i: &usize| module.notes.get(&(class.class, *i as u32)).is_some_and(|notes| notes.delegates);
        let names = (0..members.len()).filter(embedded).filter_map(|i| match &members[i].key {
            Key::Name(name) => Some(*name),
            Key::Computed(_) => None,
        });
        names.collect()
    }
}
