//! What a server reaches against the lists of its `[[server]]` entry.

use super::config::Server;
use super::gate::place;
use crate::analysis::facts::{Access, Capability, CapabilityKind, Reach, ServerFacts, TargetFrom, TargetKind};
use crate::manifest::{env_matches, host_matches, path_matches};

/// One sentence for each capability that the entry does not allow, sorted and without repetition.
pub(super) fn refusals(server: &Server, facts: &ServerFacts) -> Vec<String> {
    let reached = facts.capabilities.iter().filter(|capability| capability.reach != Reach::Unreached);
    let mut refusals: Vec<String> = reached.filter_map(|capability| refusal(server, capability)).collect();
    refusals.sort();
    refusals.dedup();
    refusals
}

fn refusal(server: &Server, capability: &Capability) -> Option<String> {
    type Covers = fn(&str, &Capability) -> bool;
    let (list, key, covers): (&Option<Vec<String>>, &str, Covers) = match (capability.kind, capability.access) {
        (CapabilityKind::Network, Access::Connect) => (&server.hosts, "hosts", host),
        (CapabilityKind::Environment, _) => (&server.env, "env", variable),
        (CapabilityKind::Filesystem | CapabilityKind::Credential, Access::Read) => (&server.fs.read, "fs.read", path),
        (CapabilityKind::Filesystem | CapabilityKind::Credential, _) => (&server.fs.write, "fs.write", path),
        (CapabilityKind::Process, _) | (CapabilityKind::Code, Access::Evaluate) => (&server.exec, "exec", program),
        _ => return None,
    };
    let list = list.as_ref()?;
    if list.iter().any(|pattern| pattern == "*" || covers(pattern, capability)) {
        return None;
    }
    let what = match (capability.kind, capability.target_kind) {
        (CapabilityKind::Code, _) => "code made at run time".to_owned(),
        (_, TargetKind::Dynamic) => format!("a target chosen at run time (`{}`)", capability.target),
        _ => format!("`{}`", capability.target),
    };
    Some(format!("{what} is not in `{key}` of {} (at {})", server.id, place(&capability.location)))
}

/// `api.example.com`, `api.example.com:443`, `*.example.com`. A target chosen at run time is covered by `*` alone.
fn host(pattern: &str, capability: &Capability) -> bool {
    let ports = (port(pattern), port(&capability.target));
    let same_port = !matches!(ports, (Some(allowed), Some(used)) if allowed != used);
    same_port && capability.target_kind != TargetKind::Dynamic && host_matches(pattern, &capability.target)
}

fn port(host: &str) -> Option<&str> {
    let (name, port) = host.rsplit_once(':')?;
    // A bare IPv6 address has colons and no port.
    (port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']'))).then_some(port)
}

/// `NOTES_TOKEN`, `AWS_*`.
fn variable(pattern: &str, capability: &Capability) -> bool {
    capability.target_kind != TargetKind::Dynamic && env_matches(pattern, &open_ended(capability))
}

/// `~/.config/notes`, a directory with all below it; `$ARG`, what the command line or a setting names.
fn path(pattern: &str, capability: &Capability) -> bool {
    if pattern == "$ARG" {
        return capability.target_from == TargetFrom::Config;
    }
    let directory = pattern.strip_suffix("/**").or_else(|| pattern.strip_suffix("/*")).unwrap_or(pattern);
    capability.target_kind != TargetKind::Dynamic && path_matches(directory, &open_ended(capability))
}

/// The target with a star for what is chosen at run time.
fn open_ended(capability: &Capability) -> String {
    match capability.target_kind {
        TargetKind::Prefix => format!("{}*", capability.target.trim_end_matches('*')),
        _ => capability.target.clone(),
    }
}

/// The program as the code names it: `git` does not allow `/tmp/git`.
fn program(pattern: &str, capability: &Capability) -> bool {
    capability.kind == CapabilityKind::Process && capability.target_kind == TargetKind::Constant && pattern == capability.target
}
