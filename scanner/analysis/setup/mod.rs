//! How the server is set up: who can reach it, and what is asked of those who do. What is absent is a fact.

mod condition;
mod container;
mod gate;
mod handshake;
mod listing;
mod packed;
mod preset;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::assemble::{Places, Walks, site_place, steps};
use super::engine::{ContextId, Engine, Site};
use super::facts::{Access, Bound, CapabilityKind, Checked, Place, Reach, ServerFacts, Service, Setting};
use crate::program::{Expr, ExprId, FunctionId, FunctionKind, Module, ModuleId};
use condition::Conditions;
use words::Look;

/// Places of an address that are shown.
const MAX_CHOSEN: usize = 8;

/// Listeners whose ways are followed back to the start.
const MAX_LISTENERS: usize = 16;

/// Names under which models say that a call checks the caller.
const GATE: &str = "gate-";

pub(super) fn setup(engine: &Engine<'_>, walks: &Walks, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places, facts: &mut ServerFacts) {
    let gates = gate::gates(engine, counts);
    let reached = Reached::of(engine, walks);
    facts.settings = settings(engine, &reached, &gates, places);
    facts.settings.extend(preset::presets(engine, &gates, counts, places));
    facts.settings.extend(packed::packed(engine, &reached, counts, places));
    facts.settings.extend(container::containers(engine, &reached, counts, places));
    facts.services = services(engine, walks, &reached, &gates, counts, places);
    if facts.services.is_empty() && facts.tools.is_empty() {
        // The way from the start to the server was not followed: what would serve is looked at all the same.
        facts.services = services(engine, walks, &Reached::everything(engine), &gates, counts, places);
    }
    facts.listing_gaps = listing::gaps(engine, walks, counts, places);
}

type Gates = FxHashMap<(ModuleId, FunctionId), gate::Gate>;

/// How each context is reached.
struct Reached {
    contexts: Vec<Reach>,
    /// It was seen how they are reached.
    followed: bool,
}

impl Reached {
    fn of(engine: &Engine<'_>, walks: &Walks) -> Self {
        let mut all = vec![Reach::Unreached; engine.contexts.len()];
        let startup = walks.startup.contexts().map(|context| (context, Reach::Startup));
        let tools = walks.tools.iter().flat_map(|walk| walk.contexts()).map(|context| (context, Reach::Tool));
        for (context, reach) in startup.chain(tools) {
            if let Some(known) = all.get_mut(context.0 as usize) {
                *known = reach;
            }
        }
        Reached { contexts: all, followed: true }
    }

    /// As if everything ran.
    fn everything(engine: &Engine<'_>) -> Self {
        Reached { contexts: vec![Reach::Startup; engine.contexts.len()], followed: false }
    }

    fn reach(&self, context: ContextId) -> Reach {
        self.contexts.get(context.0 as usize).copied().unwrap_or(Reach::Unreached)
    }

    fn holds(&self, context: ContextId) -> bool {
        self.reach(context) != Reach::Unreached
    }

    /// Modules of which something runs.
    fn modules(&self, engine: &Engine<'_>) -> FxHashSet<ModuleId> {
        let contexts = engine.contexts.iter().enumerate().filter(|(number, _)| self.holds(ContextId(*number as u32)));
        contexts.filter_map(|(_, context)| context.function).map(|(module, _)| module).collect()
    }
}

fn settings(engine: &Engine<'_>, reached: &Reached, gates: &Gates, places: &dyn Places) -> Vec<Setting> {
    let mut all: BTreeMap<(String, Place), Setting> = BTreeMap::new();
    let mut checked = None;
    for mark in engine.marks.iter().filter(|mark| !mark.name.starts_with(GATE)) {
        let mut name = mark.name.to_string();
        if name == handshake::ACCEPTED {
            if handshake::is_checked(engine, gates, mark.context, mark.site) {
                continue;
            }
            name = handshake::UNCHECKED.to_owned();
        } else if name == handshake::LISTENS {
            let (host, caller) = *checked.get_or_insert_with(|| checks(engine, reached, gates, &Conditions::default(), None));
            if host != Checked::Never || caller != Checked::Never {
                continue;
            }
            name = handshake::UNCHECKED.to_owned();
        }
        let location = site_place(engine, mark.site, places);
        let reach = reached.reach(mark.context);
        let setting = all.entry((name.clone(), location.clone())).or_insert_with(|| Setting { name, location, certain: false, reach });
        setting.certain |= mark.certain;
        setting.reach = setting.reach.min(reach);
    }
    all.into_values().collect()
}

fn services(
    engine: &Engine<'_>,
    walks: &Walks,
    reached: &Reached,
    gates: &Gates,
    counts: &dyn Fn(ModuleId) -> bool,
    places: &dyn Places,
) -> Vec<Service> {
    let transports: Vec<_> = engine.transports.iter().filter(|made| reached.holds(made.context)).collect();
    let mut over_network: FxHashSet<Site> = FxHashSet::default();
    let mut optional = !reached.followed;
    for made in &transports {
        for transport in made.transport.alternatives() {
            match transport.constant_text() {
                Some(name) if &*name == "stdio" => optional = true,
                Some(_) => {
                    over_network.insert(made.site);
                }
                None => {
                    optional = true;
                    over_network.insert(made.site);
                }
            }
        }
    }
    if over_network.is_empty() {
        return Vec::new();
    }
    let mut listeners = listeners(engine, walks, reached);
    // Beside the server other things may listen: the answer of a login, figures for a monitor.
    let modules: FxHashSet<ModuleId> = over_network.iter().map(|site| site.module).collect();
    if !reached.followed || listeners.keys().any(|site| modules.contains(&site.module)) {
        listeners.retain(|site, _| modules.contains(&site.module));
    }
    if listeners.is_empty() {
        return Vec::new();
    }
    let sites: Vec<Site> = listeners.keys().copied().take(MAX_LISTENERS).collect();
    let within = contained(engine, reached, &sites, &over_network);
    let (host, caller) = checks(engine, reached, gates, &Conditions::of(engine, counts, &sites), within.as_ref());
    let by_library = engine.marks.iter().filter(|mark| mark.certain && &*mark.name == "gate-host" && reached.holds(mark.context));
    let host_since: BTreeSet<String> = by_library.filter_map(|mark| mark.since.as_deref()).map(str::to_owned).collect();
    let host_since: Vec<String> = host_since.into_iter().collect();
    let mut made: Vec<Place> =
        over_network.iter().filter(|site| !listeners.contains_key(site)).map(|site| site_place(engine, *site, places)).collect();
    made.sort();
    made.truncate(MAX_CHOSEN);
    let mut everywhere: Option<Vec<Place>> = None;
    let mut services: Vec<Service> = Vec::new();
    for (site, listener) in listeners {
        let bound = listener.bound();
        let chosen = match bound {
            Bound::Everywhere => everywhere.get_or_insert_with(|| addresses(engine, walks, counts, places)).clone(),
            _ => Vec::new(),
        };
        let location = site_place(engine, site, places);
        if services.iter().any(|known| known.location == location) {
            continue;
        }
        let steps = steps(engine, &walks.startup, listener.context, None, places);
        services.push(Service { location, bound, chosen, transports: made.clone(), host, host_since: host_since.clone(), caller, optional, steps });
    }
    services.sort_by(|a, b| a.location.cmp(&b.location));
    services
}

/// The addresses that one call listens on.
struct Listener {
    targets: Vec<String>,
    context: ContextId,
}

impl Listener {
    fn bound(&self) -> Bound {
        let host = |target: &String| target.trim_start_matches('[').trim_end_matches(']').to_owned();
        let hosts: Vec<String> = self.targets.iter().map(host).collect();
        if hosts.iter().any(|host| is_everywhere(host)) {
            Bound::Everywhere
        } else if hosts.iter().any(|host| is_loopback(host)) {
            Bound::Local
        } else {
            Bound::Unknown
        }
    }
}

fn is_everywhere(host: &str) -> bool {
    let host = host.strip_suffix(|c: char| c.is_ascii_digit()).map_or(host, |_| match host.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => host,
    });
    matches!(host, "0.0.0.0" | "::" | "")
}

fn is_loopback(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name.eq_ignore_ascii_case("localhost") || name.starts_with("127.") || host.starts_with("::1")
}

/// Every call that listens and that the start of the program reaches.
fn listeners(engine: &Engine<'_>, walks: &Walks, reached: &Reached) -> BTreeMap<Site, Listener> {
    let mut all: BTreeMap<Site, Listener> = BTreeMap::new();
    for (number, context) in engine.contexts.iter().enumerate() {
        let id = ContextId(number as u32);
        if context.effects.is_empty() || (reached.followed && !walks.startup.contains(id)) {
            continue;
        }
        for effect in context.effects.iter().filter_map(|effect| engine.effects.get(effect.0 as usize)) {
            if effect.kind == CapabilityKind::Network && effect.access == Access::Listen {
                let listener = all.entry(effect.site).or_insert_with(|| Listener { targets: Vec::new(), context: id });
                if !listener.targets.contains(&effect.target) {
                    listener.targets.push(effect.target.clone());
                }
            }
        }
    }
    all
}

/// What runs in and below the functions that listen, when everything that they serve is made there too: checks that
/// run elsewhere are then those of another server. `None` when it cannot be told.
fn contained(engine: &Engine<'_>, reached: &Reached, listeners: &[Site], transports: &FxHashSet<Site>) -> Option<FxHashSet<ContextId>> {
    let mut open: Vec<ContextId> = Vec::new();
    for (number, context) in engine.contexts.iter().enumerate() {
        let listens = |site: &Site| context.effects.iter().any(|e| engine.effects.get(e.0 as usize).is_some_and(|effect| effect.site == *site));
        if reached.holds(ContextId(number as u32)) && listeners.iter().any(listens) {
            if context.function.is_none_or(|function| function.1 == FunctionId(0)) {
                return None;
            }
            open.push(ContextId(number as u32));
        }
    }
    let mut all: FxHashSet<ContextId> = open.iter().copied().collect();
    while let Some(context) = open.pop() {
        for (callee, _) in &engine.contexts[context.0 as usize].calls {
            if all.insert(*callee) {
                open.push(*callee);
            }
        }
    }
    let mut made = engine.transports.iter().filter(|made| transports.contains(&made.site) && reached.holds(made.context));
    made.all(|made| all.contains(&made.context)).then_some(all)
}

/// What the program looks at before it answers: the host that was asked for, and who asks.
fn checks(engine: &Engine<'_>, all: &Reached, gates: &Gates, conditions: &Conditions, within: Option<&FxHashSet<ContextId>>) -> (Checked, Checked) {
    let (mut always, mut sometimes) = (Look::NONE, Look::NONE);
    for mark in &engine.marks {
        let look = match &*mark.name {
            "gate-host" => Look::HOST,
            "gate-auth" => Look::AUTH,
            _ => continue,
        };
        if !all.holds(mark.context) || mark.since.is_some() {
            continue;
        }
        if mark.certain && !conditions.hold(engine, mark.site) { always = always.with(look) } else { sometimes = sometimes.with(look) }
    }
    // Who runs a function: what calls it, or what calls the function in which it is made.
    let mut used: FxHashMap<(ModuleId, FunctionId), bool> = FxHashMap::default();
    let mut elsewhere: FxHashSet<(ModuleId, FunctionId)> = FxHashSet::default();
    for (number, context) in engine.contexts.iter().enumerate() {
        if !all.holds(ContextId(number as u32)) {
            continue;
        }
        for (callee, site) in &context.calls {
            if let Some(function) = engine.contexts[callee.0 as usize].function.filter(|function| function.1 != FunctionId(0)) {
                if within.is_some_and(|within| !within.contains(callee)) {
                    elsewhere.insert(function);
                    continue;
                }
                let always = used.entry(function).or_insert(false);
                *always = *always || !conditions.hold(engine, *site);
            }
        }
    }
    for ((id, function), gate) in gates {
        let module = engine.module(*id);
        // The check of another server in the same program.
        if elsewhere.contains(&(*id, *function)) && !used.contains_key(&(*id, *function)) {
            continue;
        }
        // Frameworks call methods of classes that they are given: no call of them is seen.
        let method = matches!(module.functions[function.index()].kind, FunctionKind::Method { .. });
        let makers = makers(module, *function);
        let mut uses = makers.iter().filter_map(|maker| used.get(&(*id, *maker)));
        let runs = used.get(&(*id, *function)).copied();
        let unconditional = runs.unwrap_or(method) && uses.all(|always| *always);
        match (runs, unconditional) {
            (None, _) if !method => {}
            (_, true) => {
                always = always.with(gate.always);
                sometimes = sometimes.with(gate.sometimes);
            }
            (_, false) => sometimes = sometimes.with(gate.always).with(gate.sometimes),
        }
    }
    let checked = |look: Look| match (always.has(look), sometimes.has(look)) {
        (true, _) => Checked::Always,
        (false, true) => Checked::WhenSet,
        (false, false) => Checked::Never,
    };
    (checked(Look::HOST), checked(Look::AUTH))
}

/// The functions around a function, without the module itself.
fn makers(module: &Module, function: FunctionId) -> Vec<FunctionId> {
    let span = module.functions[function.index()].span;
    let around = |other: &crate::program::Function| other.span.start <= span.start && span.end <= other.span.end && other.span != span;
    (1..module.functions.len() as u32).map(FunctionId).filter(|other| around(&module.functions[other.index()])).collect()
}

/// Where an address that means every network stands in the code.
fn addresses(engine: &Engine<'_>, walks: &Walks, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> Vec<Place> {
    let mut all: Vec<Place> = Vec::new();
    let runs: FxHashSet<ModuleId> =
        walks.startup.contexts().filter_map(|context| engine.contexts[context.0 as usize].function).map(|(module, _)| module).collect();
    for id in (0..engine.program.modules.len() as u32).map(ModuleId).filter(|id| counts(*id) && runs.contains(id)) {
        let module = engine.module(id);
        for (number, expr) in module.exprs.iter().enumerate() {
            if let Expr::Str(text) = expr
                && matches!(&**text, "0.0.0.0" | "::")
            {
                all.push(site_place(engine, Site { module: id, expr: ExprId(number as u32) }, places));
            }
        }
    }
    all.sort();
    all.dedup_by(|a, b| a.file == b.file && a.line == b.line);
    all.truncate(MAX_CHOSEN);
    all
}
