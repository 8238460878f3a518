//! Deeds of contexts → facts: who does them, and by which steps.

use std::collections::BTreeMap;

use super::assemble::{Places, Walk, Walks, site_place, steps};
use super::engine::{CLOCK, ContextId, DeedId, Engine, PERSON, TRIAL, WATCHED};
use super::facts::{Deed, Reach};
use super::run::Course;

pub(super) fn deeds(engine: &Engine<'_>, course: &Course, walks: &Walks, places: &dyn Places) -> Vec<Deed> {
    let known = &engine.deeds.all;
    let mut holders: Vec<Vec<(usize, ContextId)>> = vec![Vec::new(); known.len()];
    for (t, walk) in walks.tools.iter().enumerate() {
        for (deed, context) in held(engine, walk) {
            holders[deed.0 as usize].push((t, context));
        }
    }
    let started: BTreeMap<DeedId, ContextId> = held(engine, &walks.startup).into_iter().collect();
    let mut all: Vec<Deed> = Vec::new();
    for (i, deed) in known.iter().enumerate() {
        let (reach, steps) = match (holders[i].first(), started.get(&DeedId(i as u32))) {
            (Some(&(t, holder)), _) => (Reach::Tool, steps(engine, &walks.tools[t], holder, Some(&course.tools[t]), places)),
            (None, Some(holder)) => (Reach::Startup, steps(engine, &walks.startup, *holder, None, places)),
            (None, None) => continue,
        };
        let mut tools: Vec<String> = holders[i].iter().map(|(t, _)| course.tools[*t].name.clone()).collect();
        tools.sort();
        tools.dedup();
        let mut arguments: Vec<String> = deed.arguments.iter().map(|name| engine.name(*name).to_string()).collect();
        arguments.sort();
        all.push(Deed {
            what: deed.what.to_string(),
            texts: deed.texts.iter().map(|(name, text)| (name.to_string(), text.clone())).collect(),
            arguments,
            unused: deed.unused,
            times: deed.times.constant,
            times_by_argument: deed.times.by_argument,
            endless: deed.times.endless,
            gates: [(CLOCK, "date"), (PERSON, "person"), (WATCHED, "watcher"), (TRIAL, "trial")]
                .iter()
                .filter(|(bit, _)| deed.gates & bit != 0)
                .map(|(_, name)| *name)
                .collect(),
            reach,
            tools,
            location: site_place(engine, deed.site, places),
            steps,
        });
    }
    all.sort_by(|a, b| (&a.location, &a.what, &a.texts, &a.arguments).cmp(&(&b.location, &b.what, &b.texts, &b.arguments)));
    all
}

/// For every deed of the contexts that a root reaches the first such context, in the order of deeds.
fn held(engine: &Engine<'_>, walk: &Walk) -> Vec<(DeedId, ContextId)> {
    let mut all: Vec<(DeedId, ContextId)> =
        walk.contexts().flat_map(|context| engine.contexts[context.0 as usize].deeds.iter().map(move |deed| (*deed, context))).collect();
    all.sort_unstable();
    all.dedup_by_key(|(deed, _)| *deed);
    all
}
