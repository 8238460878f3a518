//! The orders in which findings are shown.

use std::cmp::Ordering;

use crate::rule::Finding;

/// Worst first; within one severity the surest first, then by rule and place.
pub(super) fn worst_first(a: &Finding, b: &Finding) -> Ordering {
    (b.severity, b.confidence)
        .cmp(&(a.severity, a.confidence))
        .then_with(|| a.rule.cmp(&b.rule))
        .then_with(|| a.location.cmp(&b.location))
        .then_with(|| a.message.cmp(&b.message))
        .then_with(|| a.fingerprint.cmp(&b.fingerprint))
}

/// The findings, worst first.
pub(super) fn sorted(findings: &[Finding]) -> Vec<&Finding> {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by(|a, b| worst_first(a, b));
    sorted
}
