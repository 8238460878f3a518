//! What a server reaches against the lists of its `[[server]]` entry.

use super::config::Server;
use super::gate::place;
use crate::analysis::facts::{Access, Capability, CapabilityKind, Reach, ServerFacts, TargetFrom, TargetKind};

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

/// `api.example.com`, `api.example.com:443`, `*.example.com`.
fn host(pattern: &str, capability: &Capability) -> bool {
    let (pattern, pattern_port) = split_port(pattern);
    let (target, port) = split_port(&capability.target);
    if pattern_port.is_some() && port.is_some() && pattern_port != port {
        return false;
    }
    let (pattern, target) = (pattern.to_ascii_lowercase(), target.to_ascii_lowercase());
    match capability.target_kind {
        TargetKind::Dynamic => false,
        TargetKind::Constant if !target.contains('*') => match pattern.strip_prefix('*') {
            Some(suffix) => suffix.starts_with('.') && target.len() > suffix.len() && target.ends_with(suffix),
            None => pattern == target,
        },
        // Any host that ends like this: only a wildcard at least as wide covers it.
        TargetKind::Constant | TargetKind::Prefix => {
            let tail = target.trim_start_matches('*');
            let tail = if tail.starts_with('.') { tail.to_owned() } else { return false };
            pattern.strip_prefix('*').is_some_and(|suffix| suffix.starts_with('.') && tail.ends_with(suffix))
        }
    }
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // A bare IPv6 address has colons and no port.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => (name, Some(port)),
        _ => (host, None),
    }
}

/// `NOTES_TOKEN`, `AWS_*`.
fn variable(pattern: &str, capability: &Capability) -> bool {
    let target = capability.target.trim_end_matches('*');
    match (pattern.strip_suffix('*'), capability.target_kind) {
        (_, TargetKind::Dynamic) => false,
        (Some(prefix), _) => target.starts_with(prefix),
        (None, TargetKind::Constant) => pattern == capability.target,
        (None, TargetKind::Prefix) => false,
    }
}

/// `~/.config/notes`, a directory with all below it; `$ARG`, what the command line or a setting names.
fn path(pattern: &str, capability: &Capability) -> bool {
    if pattern == "$ARG" {
        return capability.target_from == TargetFrom::Config;
    }
    let target = capability.target.replace('\\', "/");
    if capability.target_kind == TargetKind::Dynamic || target.split('/').any(|part| part == "..") {
        return false;
    }
    let directory = pattern.strip_suffix("/**").or_else(|| pattern.strip_suffix("/*")).unwrap_or(pattern);
    let (directory, target) = (plain(directory), plain(target.trim_end_matches('*')));
    let exact = directory.trim_end_matches('/') == target && capability.target_kind == TargetKind::Constant;
    exact || target.strip_prefix(directory.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}

/// The program as the code names it: `git` does not allow `/tmp/git`.
fn program(pattern: &str, capability: &Capability) -> bool {
    capability.kind == CapabilityKind::Process && capability.target_kind == TargetKind::Constant && pattern == capability.target
}
