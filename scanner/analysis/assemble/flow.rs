//! Flows that the engine saw → facts: who reaches them, by which steps.

use rustc_hash::FxHashMap;

use super::{Places, Walks, site_place, steps};
use crate::analysis::engine::{ContextId, EffectId, Engine, FlowId, Site};
use crate::analysis::facts::{Capability, CapabilityKind, Flow, FlowSource, Guard, Reach, Step};
use crate::analysis::judge::State;
use crate::analysis::run::Course;
use crate::analysis::value::Source;

pub(super) fn flows(
    engine: &Engine<'_>,
    course: &Course,
    walks: &Walks,
    ids: &FxHashMap<EffectId, usize>,
    places: &dyn Places,
    known: &[Capability],
) -> Vec<Flow> {
    // For every flow the tools that reach it, and in which context first.
    let mut holders: Vec<Vec<(usize, ContextId)>> = vec![Vec::new(); engine.flows.len()];
    for (t, walk) in walks.tools.iter().enumerate() {
        for context in walk.contexts() {
            for flow in &engine.contexts[context.0 as usize].flows {
                let known = &mut holders[flow.0 as usize];
                if known.last().is_none_or(|(tool, _)| *tool != t) {
                    known.push((t, context));
                }
            }
        }
    }
    let mut started: FxHashMap<FlowId, ContextId> = FxHashMap::default();
    for context in walks.startup.contexts() {
        for flow in &engine.contexts[context.0 as usize].flows {
            started.entry(*flow).or_insert(context);
        }
    }
    let at = |sites: &[Site], what: &str| -> Vec<Step> {
        sites.iter().map(|site| Step { place: site_place(engine, *site, places), what: what.to_owned() }).collect()
    };
    let capability = |effect: u32| ids.get(&EffectId(effect)).map(|id| *id as u32);
    let read = known.iter().filter(|capability| capability.kind == CapabilityKind::Environment);
    let mut variables: FxHashMap<&str, u32> = FxHashMap::default();
    for capability in read {
        variables.entry(&capability.target).or_insert(capability.id);
    }
    let mut all = Vec::new();
    for (i, seen) in engine.flows.iter().enumerate() {
        let (source, from) = match seen.source {
            Source::Argument(_) => (FlowSource::Argument, None),
            Source::Request(_) => (FlowSource::Request, None),
            Source::Remote(read) | Source::File(read) => (FlowSource::Remote, read.and_then(capability)),
            Source::Environment(_) => (FlowSource::Environment, variables.get(engine.source_name(seen.source).as_str()).copied()),
            Source::Config => (FlowSource::Config, None),
            _ => continue,
        };
        let mut tools: Vec<String> = holders[i].iter().map(|(t, _)| course.tools[*t].name.clone()).collect();
        let (reach, mut steps) = match (holders[i].first(), started.get(&FlowId(i as u32))) {
            (Some(&(t, holder)), _) => (Reach::Tool, steps(engine, &walks.tools[t], holder, Some(&course.tools[t]), places)),
            (None, Some(holder)) => (Reach::Startup, steps(engine, &walks.startup, *holder, None, places)),
            (None, None) => continue,
        };
        tools.sort();
        tools.dedup();
        let (guard, because, related) = match &seen.state {
            State::Open => (Guard::Open, String::new(), Vec::new()),
            State::Weak(why, sites) => (Guard::Weak, (*why).to_owned(), at(sites, why)),
            State::Partial(sites) => (Guard::Partial, "another way leads past it".to_owned(), at(sites, "another way leads past this test")),
            State::Optional(sites) => {
                (Guard::Optional, "without a setting nothing is tested".to_owned(), at(sites, "without a setting this is not tested"))
            }
            State::Safe => continue,
        };
        let location = site_place(engine, seen.site, places);
        let made = seen.made.map(|site| Step { place: site_place(engine, site, places), what: "the text is put together here".to_owned() });
        let mut related: Vec<Step> = related;
        related.extend(made.filter(|step| (&step.place.file, step.place.line) != (&location.file, location.line)));
        let name = engine.source_name(seen.source);
        let chosen = if name.is_empty() { "what is chosen outside".to_owned() } else { name.clone() };
        steps.push(Step { place: location.clone(), what: format!("{chosen} arrives here") });
        all.push(Flow {
            sink: seen.sink,
            source,
            name,
            from,
            capability: seen.effect.and_then(|effect| capability(effect.0)),
            shape: seen.shape,
            guard,
            because,
            access: seen.access,
            text: seen.text.clone(),
            reach,
            tools,
            location,
            related,
            steps,
        });
    }
    all.sort_by(|a, b| (&a.location, a.sink, a.source, &a.name, a.guard, a.from).cmp(&(&b.location, b.sink, b.source, &b.name, b.guard, b.from)));
    all
}
