//! Contexts and effects → facts: who reaches what, by which steps, and what was not seen.

mod flow;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Map;

use super::engine::{ContextId, Effect, EffectId, Engine, Site};
use super::facts::{
    Access, Capability, CapabilityKind, Coverage, Declared, Offer, Place, Reach, ServerFacts, Step, TargetFrom, Tool, Unresolved, Weight,
};
use super::run::{Course, ToolRun};
use super::sensitive;
use super::setup;
use super::value::Value;
use crate::program::{ExprId, ModuleId, Span};

/// Steps of one path that are shown.
const MAX_STEPS: usize = 24;
/// Calls followed for all tools together.
const MAX_WALK: usize = 10_000_000;

/// The target's files: places of the program in them, and their content.
pub trait Places {
    fn place(&self, module: ModuleId, span: Span) -> Place;

    /// The text of a data file of the target.
    fn file(&self, path: &str) -> Option<String>;
}

pub(crate) fn assemble(engine: &mut Engine<'_>, course: &Course, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> ServerFacts {
    let mut facts = ServerFacts { speaks_mcp: !course.sdk_modules.is_empty(), ..ServerFacts::default() };
    let walks = Walks::new(engine, course);
    let (capabilities, ids) = capabilities(engine, course, &walks, places);
    facts.capabilities = capabilities;
    facts.flows = flow::flows(engine, course, &walks, &ids, places, &facts.capabilities);
    facts.tools = tools(engine, course, &walks, &ids, places);
    facts.deeds = super::deeds::deeds(engine, course, &walks, places);
    facts.tools_incomplete_because = incomplete(engine, course, places);
    facts.coverage = coverage(engine, course, &walks, places);
    if facts.tools.is_empty() {
        let entered = entered(engine, &walks);
        facts.tools_elsewhere = !entered.is_empty() && !course.registers;
        facts.tools_incomplete_because.extend(entered);
    }
    for module in &course.cut_modules {
        let path = &engine.module(*module).path;
        facts.tools_incomplete_because.push(format!("not all that {path} does when it is loaded was followed"));
    }
    facts.tools_complete = facts.tools_incomplete_because.is_empty() && !course.cut_short;
    if course.cut_short {
        facts.tools_incomplete_because.push("the analysis ran out of its budget of steps".into());
    }
    servers(engine, &mut facts);
    setup::setup(engine, &walks, counts, places, &mut facts);
    offers(engine, &mut facts, places);
    if facts.tools.is_empty() && !course.registers && facts.settings.iter().any(|setting| setting.name == RELAYS && setting.reach != Reach::Unreached)
    {
        facts.tools_elsewhere = true;
        facts.tools_incomplete_because.push("no tool is registered here; those of another server are passed on".into());
    }
    if facts.tools_complete && facts.tools.is_empty() && facts.prompts.is_empty() && facts.resources.is_empty() && !lists_tools(engine) {
        facts.tools_complete = false;
        facts.tools_incomplete_because.push("no registration of a tool was found in the code that was read".into());
    }
    facts
}

/// The mark of calls that connect to another MCP server.
const RELAYS: &str = "mcp-client";

/// The program answers the question for its tools, be it with none.
fn lists_tools(engine: &Engine<'_>) -> bool {
    engine.request_handlers.iter().any(|handler| handler.method == "tools/list")
}

/// Which contexts each root reaches, and by which call each was first reached.
pub(super) struct Walks {
    pub(super) tools: Vec<Walk>,
    pub(super) startup: Walk,
    /// Everything that is reached was walked.
    complete: bool,
}

/// The contexts that one root reaches, sorted, each with its caller and the call.
pub(super) struct Walk(Vec<(ContextId, Option<(ContextId, Site)>)>);

impl Walk {
    fn reached_by(&self, context: ContextId) -> Option<&Option<(ContextId, Site)>> {
        self.0.binary_search_by_key(&context, |(context, _)| *context).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn contains(&self, context: ContextId) -> bool {
        self.reached_by(context).is_some()
    }

    pub(super) fn contexts(&self) -> impl Iterator<Item = ContextId> + '_ {
        self.0.iter().map(|(context, _)| *context)
    }

    /// For every effect of a reached context the first such context, in the order of effects.
    fn effects(&self, engine: &Engine<'_>) -> Vec<(EffectId, ContextId)> {
        let mut all: Vec<(EffectId, ContextId)> =
            self.contexts().flat_map(|context| engine.contexts[context.0 as usize].effects.iter().map(move |effect| (*effect, context))).collect();
        all.sort_unstable();
        all.dedup_by_key(|(effect, _)| *effect);
        all
    }
}

impl Walks {
    fn new(engine: &Engine<'_>, course: &Course) -> Self {
        let mut budget = MAX_WALK;
        // The number of the walk that saw a context last: one table serves all walks.
        let mut seen = vec![0_u32; engine.contexts.len()];
        let startup = walk(engine, &course.startup, &mut budget, &mut seen, 1);
        let tools = course.tools.iter().zip(2..).map(|(tool, number)| walk(engine, &tool.contexts, &mut budget, &mut seen, number)).collect();
        Walks { tools, startup, complete: budget > 0 }
    }
}

fn walk(engine: &Engine<'_>, roots: &[ContextId], budget: &mut usize, seen: &mut [u32], number: u32) -> Walk {
    let mut reached: Vec<(ContextId, Option<(ContextId, Site)>)> = Vec::new();
    for root in roots {
        if std::mem::replace(&mut seen[root.0 as usize], number) != number {
            reached.push((*root, None));
        }
    }
    // What is reached is at the same time the queue.
    let mut next = 0;
    while let Some(&(context, _)) = reached.get(next) {
        next += 1;
        for &(callee, site) in &engine.contexts[context.0 as usize].calls {
            *budget = budget.saturating_sub(1);
            if *budget > 0 && std::mem::replace(&mut seen[callee.0 as usize], number) != number {
                reached.push((callee, Some((context, site))));
            }
        }
    }
    reached.sort_unstable_by_key(|(context, _)| *context);
    Walk(reached)
}

pub(super) fn site_place(engine: &Engine<'_>, site: Site, places: &dyn Places) -> Place {
    places.place(site.module, engine.span(site))
}

fn capabilities(engine: &Engine<'_>, course: &Course, walks: &Walks, places: &dyn Places) -> (Vec<Capability>, FxHashMap<EffectId, usize>) {
    // Which tools have which effect, and in which context.
    let mut holders: Vec<Vec<(usize, ContextId)>> = vec![Vec::new(); engine.effects.len()];
    for (t, walk) in walks.tools.iter().enumerate() {
        for (effect, context) in walk.effects(engine) {
            holders[effect.0 as usize].push((t, context));
        }
    }
    let started: FxHashMap<EffectId, ContextId> = walks.startup.effects(engine).into_iter().collect();
    let mut all: Vec<(Capability, Vec<EffectId>)> = Vec::new();
    let mut index: FxHashMap<(CapabilityKind, Access, String, TargetFrom, Place), usize> = FxHashMap::default();
    for (i, effect) in engine.effects.iter().enumerate() {
        let location = site_place(engine, effect.site, places);
        let (kind, secret) = classify(effect);
        let tools: Vec<String> = holders[i].iter().map(|(t, _)| course.tools[*t].name.clone()).collect();
        let (first, started) = (holders[i].first(), started.get(&EffectId(i as u32)));
        let (reach, steps) = match (first, started) {
            (Some(&(t, holder)), _) => (Reach::Tool, steps(engine, &walks.tools[t], holder, Some(&course.tools[t]), places)),
            (None, Some(holder)) => (Reach::Startup, steps(engine, &walks.startup, *holder, None, places)),
            // More than the library is known to do, in code that is nobody's of the program.
            (None, None) if engine.copy_around(effect.site).is_some() => (Reach::Dependency, Vec::new()),
            (None, None) => (Reach::Unreached, Vec::new()),
        };
        let mut arguments: Vec<String> = effect.arguments.iter().map(|a| engine.name(*a).to_string()).filter(|a| !a.is_empty()).collect();
        arguments.sort();
        let mut variables: Vec<String> = effect.variables.iter().map(|a| engine.name(*a).to_string()).filter(|a| !a.is_empty()).collect();
        variables.sort();
        let key = (kind, effect.access, effect.target.clone(), effect.target_from, location.clone());
        if let Some(&at) = index.get(&key) {
            let (known, ids) = &mut all[at];
            ids.push(EffectId(i as u32));
            known.tools.extend(tools);
            merge(&mut known.arguments, arguments);
            merge(&mut known.variables, variables);
            if reach < known.reach {
                (known.reach, known.steps) = (reach, steps);
            }
            continue;
        }
        index.insert(key, all.len());
        let capability = Capability {
            id: 0,
            kind,
            access: effect.access,
            target: effect.target.clone(),
            target_kind: effect.target_kind,
            target_from: effect.target_from,
            secret,
            declared: Declared::Unspecified,
            reach,
            tools,
            location,
            steps,
            arguments,
            variables,
        };
        all.push((capability, vec![EffectId(i as u32)]));
    }
    all.sort_by(|(a, _), (b, _)| {
        (&a.location, a.kind, a.access, &a.target, a.target_from).cmp(&(&b.location, b.kind, b.access, &b.target, b.target_from))
    });
    let mut ids = FxHashMap::default();
    let mut capabilities = Vec::with_capacity(all.len());
    for (id, (mut capability, effects)) in all.into_iter().enumerate() {
        capability.id = id as u32;
        capability.tools.sort();
        capability.tools.dedup();
        for effect in effects {
            ids.insert(effect, id);
        }
        capabilities.push(capability);
    }
    (capabilities, ids)
}

fn merge(known: &mut Vec<String>, more: Vec<String>) {
    known.extend(more);
    known.sort();
    known.dedup();
}

/// Secrets and credential files are told by their names.
fn classify(effect: &Effect) -> (CapabilityKind, bool) {
    match effect.kind {
        CapabilityKind::Filesystem if sensitive::is_credential_path(&effect.target) => (CapabilityKind::Credential, true),
        CapabilityKind::Credential => (CapabilityKind::Credential, true),
        CapabilityKind::Environment => (CapabilityKind::Environment, crate::manifest::is_secret_name(&effect.target)),
        kind => (kind, false),
    }
}

pub(super) fn steps(engine: &Engine<'_>, walk: &Walk, holder: ContextId, tool: Option<&ToolRun>, places: &dyn Places) -> Vec<Step> {
    let mut path = Vec::new();
    let mut at = holder;
    while let Some(Some((caller, site))) = walk.reached_by(at) {
        path.push((at, *site));
        at = *caller;
        if path.len() > 200 {
            break;
        }
    }
    path.reverse();
    let mut all = Vec::new();
    if let Some(tool) = tool {
        all.push(Step { place: site_place(engine, tool.registration.site, places), what: format!("tool {} is registered", tool.name) });
    }
    for (context, site) in path.into_iter().take(MAX_STEPS) {
        let Some((module, function)) = engine.contexts[context.0 as usize].function else { continue };
        let function = &engine.module(module).functions[function.index()];
        let name = function.name.map(|n| engine.name(n).to_string());
        let place = if site.expr == ExprId(u32::MAX) { places.place(module, function.name_span) } else { site_place(engine, site, places) };
        let what = match name {
            Some(name) if function.kind != crate::program::FunctionKind::Module => format!("calls {name}"),
            _ if function.kind == crate::program::FunctionKind::Module => format!("loads {}", engine.module(module).path),
            _ => "calls a function".into(),
        };
        let step = Step { place, what };
        if all.last() != Some(&step) {
            all.push(step);
        }
    }
    all
}

fn tools(engine: &mut Engine<'_>, course: &Course, walks: &Walks, ids: &FxHashMap<EffectId, usize>, places: &dyn Places) -> Vec<Tool> {
    let mut all: Vec<Tool> = Vec::new();
    for (run, walk) in course.tools.iter().zip(&walks.tools) {
        let registration = &run.registration;
        let mut capabilities: Vec<u32> =
            walk.contexts().flat_map(|c| &engine.contexts[c.0 as usize].effects).filter_map(|e| ids.get(e)).map(|id| *id as u32).collect();
        capabilities.sort_unstable();
        capabilities.dedup();
        let annotations = match engine.json(&registration.annotations, 0) {
            Some(serde_json::Value::Object(map)) => map.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (camel_case(&k), v)).collect(),
            _ => Map::new(),
        };
        let input_schema = match (&registration.handler, registration.named_parameters) {
            (Value::Function(closure), true) => engine.parameters_schema(&closure.clone()),
            _ => engine.input_schema(&registration.schema),
        };
        let tool = Tool {
            name: run.name.clone(),
            title: text(&registration.title).or_else(|| annotations.get("title").and_then(|t| t.as_str()).map(str::to_owned)),
            description: text(&registration.description),
            annotations,
            input_schema,
            extra: extra(engine, &registration.extra),
            location: Some(site_place(engine, registration.site, places)),
            handler: run.handler.as_ref().and_then(|h| handler_place(engine, h, places)),
            conditional: registration.conditional,
            capabilities,
        };
        match all.iter_mut().find(|t| t.name == tool.name) {
            Some(known) => {
                // Two definitions under one name: either may be the one that runs.
                known.capabilities.extend(&tool.capabilities);
                known.capabilities.sort_unstable();
                known.capabilities.dedup();
                known.conditional &= tool.conditional;
            }
            None => all.push(tool),
        }
    }
    all
}

/// What else a client is told of a tool; `null` when that is nothing.
fn extra(engine: &mut Engine<'_>, told: &[(Arc<str>, Value)]) -> serde_json::Value {
    let mut all = Map::new();
    for (key, value) in told {
        let json = if &**key == "outputSchema" { Some(engine.input_schema(value)) } else { engine.json(value, 0) };
        if let Some(json) = json.filter(|json| !json.is_null()) {
            all.insert(key.to_string(), json);
        }
    }
    if all.is_empty() { serde_json::Value::Null } else { serde_json::Value::Object(all) }
}

/// `read_only_hint` → `readOnlyHint`: SDKs in languages that write names so send them as the protocol spells them.
fn camel_case(name: &str) -> String {
    if !name.ends_with("_hint") {
        return name.to_owned();
    }
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// The text of a value; of several the first, holes shown as `…`.
fn text(value: &Value) -> Option<String> {
    value.alternatives().iter().find_map(|v| if let Value::Text(text) = v { Some(text.render("…")) } else { None })
}

fn handler_place(engine: &Engine<'_>, handler: &Value, places: &dyn Places) -> Option<Place> {
    handler.alternatives().iter().find_map(|v| match v {
        Value::Function(closure) => {
            let closure = engine.unwrapped(closure);
            let function = &engine.module(closure.module).functions[closure.function.index()];
            Some(places.place(closure.module, function.name_span))
        }
        _ => None,
    })
}

fn incomplete(engine: &Engine<'_>, course: &Course, places: &dyn Places) -> Vec<String> {
    let mut all: Vec<String> = course
        .incomplete
        .iter()
        .map(|(site, reason)| match site {
            Some(site) => {
                let place = site_place(engine, *site, places);
                format!("{reason} ({}:{})", place.file, place.line)
            }
            None => reason.clone(),
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn coverage(engine: &Engine<'_>, course: &Course, walks: &Walks, places: &dyn Places) -> Coverage {
    let mut unresolved: Vec<Unresolved> = Vec::new();
    let reached = |context: ContextId| walks.startup.contains(context) || walks.tools.iter().any(|w| w.contains(context));
    for blind in &engine.blind {
        if reached(blind.context) {
            unresolved.push(Unresolved { location: site_place(engine, blind.site, places), what: blind.what.clone(), weight: Weight::Partial });
        }
    }
    for tool in &course.tools {
        let found = tool.contexts.iter().any(|c| !engine.contexts[c.0 as usize].calls.is_empty());
        if !found {
            let place = site_place(engine, tool.registration.site, places);
            unresolved.push(Unresolved {
                location: place,
                what: format!("the handler of tool {} was not found", tool.name),
                weight: Weight::Partial,
            });
        }
    }
    for (site, reason) in &course.incomplete {
        let location = site.map(|s| site_place(engine, s, places)).unwrap_or_default();
        unresolved.push(Unresolved { location, what: reason.clone(), weight: Weight::Partial });
    }
    // Libraries without a model, once each, with the first tool that reaches them.
    let mut told: FxHashSet<Arc<str>> = FxHashSet::default();
    for (walk, tool) in walks.tools.iter().zip(&course.tools).map(|(w, t)| (w, Some(t))).chain([(&walks.startup, None)]) {
        for context in walk.contexts() {
            for (site, library) in &engine.contexts[context.0 as usize].unmodelled {
                let library = engine.name(*library);
                if told.insert(library.clone()) {
                    let what = match tool {
                        Some(tool) => format!("unmodelled dependency {library} is reached from tool {}", tool.name),
                        None => format!("unmodelled dependency {library} is reached at start-up"),
                    };
                    unresolved.push(Unresolved { location: site_place(engine, *site, places), what, weight: Weight::Note });
                }
            }
        }
    }
    let mut short = |location: Place, what: &str, weight| unresolved.push(Unresolved { location, what: what.into(), weight });
    if course.cut_short || !walks.complete {
        short(Place::default(), "the analysis ran out of its budget of steps", Weight::Partial);
    } else if engine.out_of_fuel {
        short(Place::default(), "the analysis ran out of its budget of steps in code that nothing was seen to run", Weight::Note);
    }
    for module in &course.cut_modules {
        let start = places.place(*module, Span::default());
        short(start, "loading this module takes too many steps: not all that it does was followed", Weight::Partial);
    }
    unresolved.sort_by(|a, b| (&a.location, &a.what).cmp(&(&b.location, &b.what)));
    unresolved.dedup_by(|a, b| a.location == b.location && a.what == b.what);
    Coverage { unresolved, ..Coverage::default() }
}

/// Libraries without a model that start-up enters: where the tools are when none is registered here.
fn entered(engine: &Engine<'_>, walks: &Walks) -> Vec<String> {
    let mut libraries: Vec<String> =
        walks.startup.contexts().flat_map(|c| &engine.contexts[c.0 as usize].unmodelled).map(|(_, name)| engine.name(*name).to_string()).collect();
    libraries.sort();
    libraries.dedup();
    libraries.iter().map(|name| format!("no tool is registered here; start-up enters the package {name}, which is not part of the target")).collect()
}

fn servers(engine: &Engine<'_>, facts: &mut ServerFacts) {
    for server in &engine.servers {
        if facts.instructions.is_none() {
            facts.instructions = text(&server.instructions);
        }
        for transport in server.transport.alternatives() {
            if let Some(transport) = transport.constant_text() {
                let transport = match &*transport {
                    "streamable-http" | "http" | "streamable_http" | "httpStream" | "http-stream" | "streamableHttp" | "streamable" => "http",
                    "stdio" => "stdio",
                    "sse" => "sse",
                    other => other,
                };
                facts.transports.push(transport.to_owned());
            }
        }
    }
    facts.transports.sort();
    facts.transports.dedup();
}

fn offers(engine: &mut Engine<'_>, facts: &mut ServerFacts, places: &dyn Places) {
    for offer in engine.offers.clone() {
        let Some(name) = text(&offer.name) else { continue };
        let arguments = match (&offer.handler, offer.named_parameters) {
            (Value::Function(closure), true) => engine.parameters_schema(&closure.clone()),
            (_, false) if !offer.arguments.is_absent() => match engine.json(&offer.arguments, 0) {
                // A list of arguments, each with its name.
                Some(list @ serde_json::Value::Array(_)) => list,
                _ => engine.input_schema(&offer.arguments),
            },
            _ => serde_json::Value::Null,
        };
        let made = Offer {
            name,
            title: text(&offer.title),
            uri: text(&offer.uri),
            description: text(&offer.description),
            extra: arguments,
            location: Some(site_place(engine, offer.site, places)),
        };
        let list = if offer.resource { &mut facts.resources } else { &mut facts.prompts };
        if !list.contains(&made) {
            list.push(made);
        }
    }
}
