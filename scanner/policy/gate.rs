//! One policy and one report → a decision with its reasons.

use super::Exit;
use super::allow;
use super::config::{FailOn, Policy, Server, Waiver};
use super::date::Date;
use crate::analysis::facts::Place;
use crate::report::{Report, Target};
use crate::rule::Finding;
use crate::score::{CoverageLevel, confidence_name, severity_name};

/// Whether a server passes, and why not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    pub pass: bool,
    /// Every reason why it does not pass.
    pub reasons: Vec<String>,
    pub warnings: Vec<String>,
    pub exit: Exit,
    /// Positions in [`Policy::waivers`] of those that are for this server.
    pub applicable_waivers: Vec<usize>,
    /// Of these, the ones that waived a finding or have expired.
    pub used_waivers: Vec<usize>,
}

impl Decision {
    fn fail(&mut self, exit: Exit, reason: String) {
        self.exit = self.exit.max(exit);
        self.reasons.push(reason);
    }
}

/// Holds a report against a policy on a given day.
pub fn gate(policy: &Policy, report: &Report, today: Date) -> Decision {
    let mut decision = Decision::default();
    let server = listed(policy, report, today, &mut decision);
    findings(policy, report, today, &mut decision);
    score(policy, server, report, &mut decision);
    if let Some(server) = server {
        for refusal in allow::refusals(server, &report.server) {
            decision.fail(Exit::Failed, refusal);
        }
    }
    decision.pass = decision.reasons.is_empty();
    decision
}

/// Waivers for the servers scanned that none of them needed, as warnings: what they were for is gone or has changed.
pub fn unused_waivers(policy: &Policy, decisions: &[Decision]) -> Vec<String> {
    let among = |list: fn(&Decision) -> &Vec<usize>, i: &usize| decisions.iter().any(|decision| list(decision).contains(i));
    let unused = (0..policy.waivers.len()).filter(|i| among(|d| &d.applicable_waivers, i) && !among(|d| &d.used_waivers, i));
    let unused = unused.filter_map(|i| policy.waivers.get(i));
    unused
        .map(|waiver| {
            let waiver = waiver.get_ref();
            format!("the waiver for {} ({}) matches no finding; remove it", waiver.rule, waiver.fingerprint)
        })
        .collect()
}

/// The policy's entry for this server.
fn listed<'p>(policy: &'p Policy, report: &Report, today: Date, decision: &mut Decision) -> Option<&'p Server> {
    let name = label(&report.target);
    let entries: Vec<&Server> = policy.servers.iter().filter(|server| names(&server.id, &report.target)).collect();
    let version = report.target.version.as_deref();
    let fits = |server: &&&Server| server.version.as_deref().is_none_or(|wanted| Some(wanted.trim_start_matches('=').trim()) == version);
    match (entries.iter().find(fits), entries.first()) {
        (Some(server), _) => {
            if let Some(expires) = server.expires.filter(|expires| *expires < today) {
                decision.fail(Exit::Failed, format!("the approval of {name} expired on {expires}; review it and set a new date"));
            }
            Some(server)
        }
        (None, Some(server)) => {
            let wanted = server.version.as_deref().unwrap_or_default();
            let is = version.unwrap_or("not known");
            decision.fail(Exit::Failed, format!("{name}: the approved version is {wanted}, this one is {is}"));
            Some(server)
        }
        (None, None) => {
            if policy.gate.only_listed {
                decision.fail(Exit::Failed, format!("{name} has no [[server]] entry and `only-listed` is set"));
            }
            None
        }
    }
}

fn findings(policy: &Policy, report: &Report, today: Date, decision: &mut Decision) {
    let waivers = policy.waivers.iter().map(toml::Spanned::get_ref).enumerate();
    let applicable: Vec<(usize, &Waiver)> =
        waivers.filter(|(_, waiver)| waiver.server.as_deref().is_none_or(|id| names(id, &report.target))).collect();
    decision.applicable_waivers = applicable.iter().map(|(i, _)| *i).collect();
    for (i, waiver) in &applicable {
        if waiver.expires < today {
            let reason =
                format!("the waiver for {} ({}) expired on {}; fix the finding or decide again", waiver.rule, waiver.fingerprint, waiver.expires);
            decision.fail(Exit::Failed, reason);
            decision.used_waivers.push(*i);
        }
    }
    let mut waived = 0;
    for finding in &report.findings {
        let matching = |waiver: &Waiver| waiver.expires >= today && waiver.rule == finding.rule && waiver.fingerprint == finding.fingerprint;
        if let Some((i, _)) = applicable.iter().find(|(_, waiver)| matching(waiver)) {
            decision.used_waivers.push(*i);
            waived += 1;
        } else if fails(policy, finding) {
            let grade = format!("{} severity, {} confidence", severity_name(finding.severity), confidence_name(finding.confidence));
            decision.fail(Exit::Failed, format!("{} ({grade}) at {}", finding.rule, place(&finding.location)));
        }
    }
    decision.used_waivers.sort_unstable();
    decision.used_waivers.dedup();
    if waived > 0 {
        decision.warnings.push(format!("{waived} of {} findings waived", report.findings.len()));
    }
}

fn fails(policy: &Policy, finding: &Finding) -> bool {
    match policy.gate.fail_on {
        FailOn::Never => false,
        FailOn::Severity(severity) => finding.severity >= severity && finding.confidence >= policy.gate.min_confidence,
    }
}

fn score(policy: &Policy, server: Option<&Server>, report: &Report, decision: &mut Decision) {
    let score = &report.score;
    if let Some(minimum) = server.and_then(|server| server.min_score).or(policy.gate.min_score) {
        match score.value {
            Some(value) if value < minimum => decision.fail(Exit::Failed, format!("the score is {value}, at least {minimum} is asked for")),
            Some(_) => {}
            None if policy.gate.allow_unknown => decision.warnings.push("there is no score (`?`); `allow-unknown` lets it pass".to_owned()),
            None => decision.fail(Exit::Failed, format!("there is no score (`?`), at least {minimum} is asked for")),
        }
    }
    let most = server.and_then(|server| server.max_exposure).or(policy.gate.max_exposure);
    if let Some(most) = most.filter(|most| score.exposure > *most) {
        decision.fail(Exit::Failed, format!("the exposure is {}, at most {most} is accepted", score.exposure));
    }
    // Whoever scans a list of tools knows that it has no code; only a gate that asks for more than the default refuses it.
    let asked_for_a_list = report.target.kind == "tools" && policy.gate.coverage <= CoverageLevel::Poor;
    if score.coverage < policy.gate.coverage && !asked_for_a_list && !(score.value.is_none() && policy.gate.allow_unknown) {
        decision.fail(Exit::Incomplete, format!("the coverage is {}, at least {} is asked for", score.coverage, policy.gate.coverage));
    }
}

/// Whether an id of the policy means this target: one of its names, its spec, the spec without its version, or `kind:name`.
fn names(id: &str, target: &Target) -> bool {
    let unversioned = target.spec.rsplit_once('@').map(|(before, _)| before).filter(|before| !before.is_empty() && !before.ends_with([':', '/']));
    let named = target.name.as_deref().is_some_and(|name| id == name || id.split_once(':') == Some((target.kind.as_str(), name)));
    named || target.also_named.iter().any(|name| name == id) || id == target.spec || unversioned == Some(id)
}

fn label(target: &Target) -> &str {
    target.name.as_deref().unwrap_or(&target.spec)
}

pub(super) fn place(place: &Place) -> String {
    if place.line == 0 { place.file.to_string() } else { format!("{}:{}", place.file, place.line) }
}
