//! What a server can do, declared or not: the highest element of a small lattice over its capabilities.

use super::Exposure;
use crate::analysis::facts::{Access, Capability, CapabilityKind, Reach, ServerFacts, TargetFrom, TargetKind};
use crate::rule::Finding;

/// The check that reports code run by the package manager; the facts do not hold install hooks.
const INSTALL_SCRIPT: &str = "install-script";

/// The exposure of a server: never a penalty, always shown.
pub fn exposure(findings: &[Finding], facts: &ServerFacts) -> Exposure {
    let installs = findings.iter().any(|finding| finding.rule == INSTALL_SCRIPT);
    let floor = if installs { Exposure::Medium } else { Exposure::None };
    facts.capabilities.iter().filter(|capability| capability.reach != Reach::Unreached).map(of).fold(floor, Exposure::max)
}

fn of(capability: &Capability) -> Exposure {
    let anything = capability.target_kind == TargetKind::Dynamic;
    // Chosen by the model, or by a caller that is not known: anybody may have chosen it.
    let by_argument = matches!(capability.target_from, TargetFrom::Argument | TargetFrom::Parameter) || !capability.arguments.is_empty();
    match (capability.kind, capability.access) {
        (CapabilityKind::Code, Access::Load) if !anything => Exposure::Medium,
        (CapabilityKind::Code, _) => Exposure::Critical,
        (CapabilityKind::Process, _) if anything => Exposure::Critical,
        (CapabilityKind::Process, _) if by_argument => Exposure::High,
        (CapabilityKind::Process, _) => Exposure::Medium,
        (CapabilityKind::Native, _) => Exposure::High,
        (CapabilityKind::Filesystem, Access::Read) => {
            if anything {
                Exposure::Medium
            } else {
                Exposure::Low
            }
        }
        (CapabilityKind::Filesystem, _) => {
            if anything {
                Exposure::High
            } else {
                Exposure::Medium
            }
        }
        (CapabilityKind::Credential, _) => Exposure::Medium,
        (CapabilityKind::Network, Access::Listen) => {
            if loopback(&capability.target) {
                Exposure::Low
            } else {
                Exposure::Medium
            }
        }
        (CapabilityKind::Network, _) if anything && by_argument => Exposure::High,
        (CapabilityKind::Network, _) if anything => Exposure::Medium,
        (CapabilityKind::Network | CapabilityKind::Environment, _) => Exposure::Low,
        (CapabilityKind::Database, _) => Exposure::Medium,
    }
}

fn loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    host == "::1" || matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}
