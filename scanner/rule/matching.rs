//! Whether a declared pattern covers what the code reaches.

use crate::analysis::program_name;
use crate::manifest::{Declaration, DeclaredKind, canonical_host, env_matches, host_matches, path_matches};

/// Programs: by their last path component (`/usr/bin/git` is `git`).
pub(crate) fn program_matches(pattern: &str, program: &str) -> bool {
    pattern == "*" || pattern == program || (!pattern.contains('/') && program_name(pattern) == program_name(program))
}

/// Whether a declaration's pattern covers a target of its own kind.
pub(crate) fn covers(declaration: &Declaration, target: &str) -> bool {
    let pattern = declaration.target.as_str();
    match declaration.kind {
        DeclaredKind::Network => host_matches(pattern, target),
        DeclaredKind::Environment => env_matches(pattern, target),
        DeclaredKind::Filesystem => path_matches(pattern, target),
        DeclaredKind::Process => program_matches(pattern, target),
        DeclaredKind::Credential => pattern == "*" || env_matches(pattern, target) || path_matches(pattern, target),
        DeclaredKind::Database => pattern == "*" || host_matches(pattern, target) || path_matches(pattern, target),
        DeclaredKind::Tool => pattern == target,
    }
}

/// A host on this machine.
pub(crate) fn is_local_host(host: &str) -> bool {
    // Every address of this machine; no host in the sense of a pattern.
    if matches!(host, "::" | "[::]") {
        return true;
    }
    let Some(host) = canonical_host(host) else { return false };
    matches!(host.as_str(), "localhost" | "::1" | "0.0.0.0" | "host.docker.internal") || host.ends_with(".localhost") || is_loopback(&host)
}

fn is_loopback(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// A glob with `*` only, over the whole text.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            let Some(at) = rest.find(previous) else { return false };
            rest = &rest[at + previous.len()..];
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => rest.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_hosts() {
        assert!(is_local_host("localhost:8080") && is_local_host("127.0.0.5") && is_local_host("[::1]:80") && is_local_host("::"));
        assert!(!is_local_host("127.evil.com") && !is_local_host("*") && !is_local_host(""));
    }

    #[test]
    fn programs() {
        assert!(program_matches("git", "/usr/bin/git") && !program_matches("git", "gitk"));
    }

    #[test]
    fn wildcards() {
        assert!(wildcard("a*c*e", "abcde") && !wildcard("a*c", "abcd") && wildcard("*", ""));
        assert!(wildcard("*TOKEN*", "MY_TOKEN_X") && !wildcard("ab", "abc"));
    }
}
