//! How the server is set up: who can reach it, and what is asked of those who do. What is absent is a fact.

mod gate;
mod handshake;
mod listing;
mod preset;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::assemble::{Places, Walks, site_place, steps};
use super::engine::{ContextId, Engine, Site};
use super::facts::{Access, Bound, CapabilityKind, Checked, Place, Reach, ServerFacts, Service, Setting};
use crate::program::{Expr, ExprId, FunctionId, FunctionKind, ModuleId};
use words::Look;

/// Places of an address that are shown.
const MAX_CHOSEN: usize = 8;

/// Names under which models say that a call checks the caller.
const GATE: &str = "gate-";

pub(super) fn setup(engine: &Engine<'_>, walks: &Walks, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places, facts: &mut ServerFacts) {
    let gates = gate::gates(engine, counts);
    facts.settings = settings(engine, walks, &gates, places);
    facts.settings.extend(preset::presets(engine, &gates, counts, places));
    facts.services = services(engine, walks, &gates, counts, places);
    facts.listing_gaps = listing::gaps(engine, walks, counts, places);
}

type Gates = FxHashMap<(ModuleId, FunctionId), gate::Gate>;

/// How a context is reached.
fn reach(walks: &Walks, context: ContextId) -> Reach {
    if walks.tools.iter().any(|walk| walk.contains(context)) {
        Reach::Tool
    } else if walks.startup.contains(context) {
        Reach::Startup
    } else {
        Reach::Unreached
    }
}

fn settings(engine: &Engine<'_>, walks: &Walks, gates: &Gates, places: &dyn Places) -> Vec<Setting> {
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
            let (host, caller) = *checked.get_or_insert_with(|| checks(engine, walks, gates));
            if host != Checked::Never || caller != Checked::Never {
                continue;
            }
            name = handshake::UNCHECKED.to_owned();
        }
        let location = site_place(engine, mark.site, places);
        let reach = reach(walks, mark.context);
        let setting = all.entry((name.clone(), location.clone())).or_insert_with(|| Setting { name, location, certain: false, reach });
        setting.certain |= mark.certain;
        setting.reach = setting.reach.min(reach);
    }
    all.into_values().collect()
}

fn services(engine: &Engine<'_>, walks: &Walks, gates: &Gates, counts: &dyn Fn(ModuleId) -> bool, places: &dyn Places) -> Vec<Service> {
    let transports: Vec<_> = engine.transports.iter().filter(|made| reach(walks, made.context) != Reach::Unreached).collect();
    let mut over_network: FxHashSet<Site> = FxHashSet::default();
    let mut optional = false;
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
    let mut listeners = listeners(engine, walks);
    // Beside the server other things may listen: the answer of a login, figures for a monitor.
    let modules: FxHashSet<ModuleId> = over_network.iter().map(|site| site.module).collect();
    if listeners.keys().any(|site| modules.contains(&site.module)) {
        listeners.retain(|site, _| modules.contains(&site.module));
    }
    if listeners.is_empty() {
        return Vec::new();
    }
    let (host, caller) = checks(engine, walks, gates);
    let by_library = engine.marks.iter().filter(|mark| mark.certain && &*mark.name == "gate-host" && reach(walks, mark.context) != Reach::Unreached);
    let host_since: BTreeSet<String> = by_library.filter_map(|mark| mark.since.as_deref()).map(str::to_owned).collect();
    let host_since: Vec<String> = host_since.into_iter().collect();
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
        services.push(Service { location, bound, chosen, host, host_since: host_since.clone(), caller, optional, steps });
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
fn listeners(engine: &Engine<'_>, walks: &Walks) -> BTreeMap<Site, Listener> {
    let mut all: BTreeMap<Site, Listener> = BTreeMap::new();
    for (number, context) in engine.contexts.iter().enumerate() {
        let id = ContextId(number as u32);
        if context.effects.is_empty() || !walks.startup.contains(id) {
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

/// What the program looks at before it answers: the host that was asked for, and who asks.
fn checks(engine: &Engine<'_>, walks: &Walks, gates: &Gates) -> (Checked, Checked) {
    let (mut always, mut sometimes) = (Look::NONE, Look::NONE);
    for mark in &engine.marks {
        let look = match &*mark.name {
            "gate-host" => Look::HOST,
            "gate-auth" => Look::AUTH,
            _ => continue,
        };
        if reach(walks, mark.context) == Reach::Unreached || mark.since.is_some() {
            continue;
        }
        if mark.certain { always = always.with(look) } else { sometimes = sometimes.with(look) }
    }
    let mut reached: FxHashSet<(ModuleId, FunctionId)> = FxHashSet::default();
    for (number, context) in engine.contexts.iter().enumerate() {
        let id = ContextId(number as u32);
        if let Some(function) = context.function
            && gates.contains_key(&function)
            && reach(walks, id) != Reach::Unreached
        {
            reached.insert(function);
        }
    }
    for (place, gate) in gates {
        // Frameworks call methods of classes that they are given: no call of them is seen.
        let method = matches!(engine.module(place.0).functions[place.1.index()].kind, FunctionKind::Method { .. });
        if method || reached.contains(place) {
            always = always.with(gate.always);
            sometimes = sometimes.with(gate.sometimes);
        }
    }
    let checked = |look: Look| match (always.has(look), sometimes.has(look)) {
        (true, _) => Checked::Always,
        (false, true) => Checked::WhenSet,
        (false, false) => Checked::Never,
    };
    (checked(Look::HOST), checked(Look::AUTH))
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
