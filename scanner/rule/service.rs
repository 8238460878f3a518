//! Checks of how a server is set up: who can reach it, and what is asked of those who do.

use std::collections::BTreeMap;

use crate::analysis::facts::{Bound, Checked, Reach, Service, Step};

use crate::manifest::Versions;

use super::check::{ServiceMatch, SettingMatch};
use super::draft::{Draft, shorten};
use super::{Confidence, Evidence};

/// One finding for all such listeners that are bound alike: a server that offers two transports makes one mistake, not two.
pub(super) fn find(matcher: &ServiceMatch, evidence: Evidence) -> Vec<Draft> {
    let mut versions = None;
    let mut host = |service: &Service| match service.host {
        // The library looks at it by itself, unless an older one is asked for.
        host if host != Checked::Always && !service.host_since.is_empty() => {
            let versions = versions.get_or_insert_with(|| Versions::of(evidence.tree));
            if service.host_since.iter().all(|since| versions.may_be_since(since)) { Checked::Always } else { host }
        }
        host => host,
    };
    let mut fits = |service: &&Service| {
        (matcher.bound.is_empty() || matcher.bound.contains(&service.bound))
            && (matcher.caller.is_empty() || matcher.caller.contains(&service.caller))
            && (matcher.host.is_empty() || matcher.host.contains(&host(service)))
    };
    let mut alike: BTreeMap<Bound, Vec<&Service>> = BTreeMap::new();
    for service in evidence.facts.services.iter().filter(|service| fits(service)) {
        alike.entry(service.bound).or_default().push(service);
    }
    alike.into_values().filter_map(|services| draft(&services)).collect()
}

fn draft(services: &[&Service]) -> Option<Draft> {
    let (first, others) = services.split_first()?;
    let mut draft = Draft::at(first.location.clone());
    draft.steps = first.steps.clone();
    draft.related = others.iter().map(|service| Step { place: service.location.clone(), what: "listens here too".to_owned() }).collect();
    draft
        .related
        .extend(first.chosen.iter().map(|place| Step { place: place.clone(), what: "the address that is open to every network".to_owned() }));
    draft
        .related
        .extend(first.transports.iter().map(|place| Step { place: place.clone(), what: "a transport over the network is made here".to_owned() }));
    // A server that is started over stdio unless somebody asks for more, or that listens where somebody says.
    if first.optional || first.bound == Bound::Unknown {
        draft.confidence = Confidence::Medium;
    }
    draft.words = vec![("bound", bound(first.bound)), ("unless", unless(first.caller))];
    draft.key = vec!["service".to_owned()];
    Some(draft)
}

fn bound(bound: Bound) -> String {
    match bound {
        Bound::Local => "on this machine",
        Bound::Everywhere => "on every network interface",
        Bound::Unknown => "on an address that is chosen when it starts",
    }
    .to_owned()
}

fn unless(checked: Checked) -> String {
    match checked {
        Checked::WhenSet => " unless somebody sets it up",
        Checked::Never | Checked::Always => "",
    }
    .to_owned()
}

/// One finding for each place with such a setting.
pub(super) fn settings(matcher: &SettingMatch, evidence: Evidence) -> Vec<Draft> {
    let facts = evidence.facts;
    // Nothing starts a library: what it sets up is set up by those who use it.
    let library = facts.tools.is_empty() && facts.transports.is_empty();
    facts
        .settings
        .iter()
        .filter(|setting| setting.reach != Reach::Unreached || library)
        .filter(|setting| setting.certain || !matcher.certain)
        .filter(|setting| matcher.of.contains(&setting.name) && matcher.reach.contains(&setting.reach))
        .map(|setting| {
            let mut draft = Draft::at(setting.location.clone());
            if !setting.certain {
                draft.confidence = Confidence::Medium;
            }
            draft.words = vec![("when", if setting.certain { String::new() } else { " unless something else is set up".to_owned() })];
            draft.key = vec![setting.name.clone()];
            draft.by_line = true;
            draft
        })
        .collect()
}

/// One finding for each place where calls are answered without a look at what the list asks.
pub(super) fn listing_gaps(evidence: Evidence) -> Vec<Draft> {
    let gaps = evidence.facts.listing_gaps.iter();
    gaps.map(|gap| {
        let mut draft = Draft::at(gap.location.clone());
        draft.related = gap.asks.iter().map(|place| Step { place: place.clone(), what: "the list asks here".to_owned() }).collect();
        let names: Vec<String> = gap.settings.iter().take(4).map(|name| format!("`{}`", shorten(name, 60))).collect();
        draft.words = vec![("settings", names.join(", "))];
        draft.key = gap.settings.clone();
        draft
    })
    .collect()
}
