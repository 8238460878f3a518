//! Several servers that one model uses → what is only seen when they are looked at side by side.
//!
//! This comes after the single reports. A server's score stays its own: who else is in the configuration is not its conduct.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::report::Report;
use crate::rule::{self, Check, Member, Witness};

/// Servers, and names of tools, that are listed.
const MOST: usize = 200;

/// What a set of servers is together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Together {
    /// What the servers are called, in the order of the reports.
    pub servers: Vec<String>,
    /// Those of which no tool is known.
    pub unseen: Vec<String>,
    pub trifecta: Legs,
    /// Tools that more than one server offers.
    pub same_names: Vec<SameName>,
}

/// Which servers give which leg of the lethal trifecta.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Legs {
    pub private_data: Vec<String>,
    pub untrusted_content: Vec<String>,
    pub way_out: Vec<String>,
    /// All three are there.
    pub complete: bool,
    /// And no server has them all by itself.
    pub only_together: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SameName {
    pub tool: String,
    pub servers: Vec<String>,
}

/// Looks at the servers of one run side by side: adds findings to their reports, and to each what they are together.
pub fn judge(checks: &[Check], reports: &mut [Report]) {
    if reports.len() < 2 {
        return;
    }
    let labels = labels(reports);
    let members: Vec<Member<'_>> = reports.iter().zip(&labels).map(|(report, label)| Member { label, facts: &report.server }).collect();
    let together = Arc::new(Together {
        servers: labels.iter().take(MOST).cloned().collect(),
        unseen: reports.iter().zip(&labels).filter(|(report, _)| report.server.tools.is_empty()).map(|(_, label)| label.clone()).take(MOST).collect(),
        trifecta: legs(reports, &labels),
        same_names: rule::collisions(&members)
            .into_iter()
            .take(MOST)
            .map(|(tool, of)| SameName { tool, servers: of.into_iter().filter_map(|at| labels.get(at).cloned()).take(MOST).collect() })
            .collect(),
    });
    let findings = rule::between(checks, &members);
    for (report, findings) in reports.iter_mut().zip(findings) {
        report.findings.extend(findings);
        rule::sort(&mut report.findings);
        report.together = Some(together.clone());
    }
}

/// Names that tell the servers apart.
fn labels(reports: &[Report]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    reports.iter().for_each(|report| *count.entry(report.target.label()).or_default() += 1);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let label = |report: &Report| {
        let label = report.target.label();
        let label = if count.get(label) == Some(&1) { label } else { report.target.spec.as_str() };
        let number = seen.entry(label.to_owned()).or_default();
        *number += 1;
        if *number == 1 { label.to_owned() } else { format!("{label} ({number})") }
    };
    reports.iter().map(label).collect()
}

fn legs(reports: &[Report], labels: &[String]) -> Legs {
    let with = |leg: &dyn Fn(&Report) -> &Vec<Witness>| -> Vec<String> {
        reports.iter().zip(labels).filter(|(report, _)| !leg(report).is_empty()).map(|(_, label)| label.clone()).take(MOST).collect()
    };
    let private_data = with(&|report| &report.trifecta.private_data);
    let untrusted_content = with(&|report| &report.trifecta.untrusted_content);
    let way_out = with(&|report| &report.trifecta.way_out);
    let complete = [&private_data, &untrusted_content, &way_out].iter().all(|servers| !servers.is_empty());
    let only_together = complete && !reports.iter().any(|report| report.trifecta.complete);
    Legs { private_data, untrusted_content, way_out, complete, only_together }
}
