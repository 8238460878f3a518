//! Checks of commands that run when a package is installed.

use crate::analysis::facts::{Capability, Reach, Step};
use crate::input::Tree;
use crate::manifest::InstallHook;

use super::Evidence;
use super::capability::{does, passes};
use super::check::{InstallHookMatch, Pattern};
use super::draft::{Draft, shorten};

pub(super) fn find(matcher: &InstallHookMatch, evidence: Evidence) -> Vec<Draft> {
    let hooks = evidence.manifests.packages.iter().flat_map(|package| &package.install_hooks);
    hooks
        .filter(|hook| matcher.hooks.contains(&hook.name) && !matcher.except.iter().any(|pattern| is_whole(pattern, &hook.command)))
        .filter_map(|hook| {
            let reached = reached(matcher, hook, evidence);
            let any = matcher.commands.is_empty() && matcher.reaches.is_empty();
            let said = matcher.commands.iter().any(|pattern| pattern.regex().is_some_and(|regex| regex.is_match(&hook.command)));
            if !any && !said && reached.is_empty() {
                return None;
            }
            let mut draft = Draft::at(hook.location.clone());
            draft.related = reached.iter().map(|capability| Step { place: capability.location.clone(), what: does(capability) }).collect();
            let what = reached.first().map(|capability| does(capability)).unwrap_or_default();
            draft.words = vec![("name", format!("`{}`", hook.name)), ("command", format!("`{}`", shorten(&hook.command, 200))), ("does", what)];
            draft.key = vec![hook.name.clone(), hook.command.clone()];
            Some(draft)
        })
        .collect()
}

/// What the file that a hook runs does, as far as the check asks.
fn reached<'e>(matcher: &InstallHookMatch, hook: &InstallHook, evidence: Evidence<'e>) -> Vec<&'e Capability> {
    if matcher.reaches.is_empty() {
        return Vec::new();
    }
    let files = files(hook, evidence.tree);
    let does_so = |capability: &&Capability| {
        // The package manager starts it: nothing in the server has to.
        let started = Capability { reach: Reach::Startup, ..(*capability).clone() };
        files.iter().any(|file| **file == *capability.location.file) && matcher.reaches.iter().any(|filter| passes(filter, &started))
    };
    evidence.facts.capabilities.iter().filter(does_so).collect()
}

/// The files of the target that a command names: `node scripts/setup`, `./install.sh`.
fn files(hook: &InstallHook, tree: &Tree) -> Vec<String> {
    let directory = hook.location.file.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
    let mut all: Vec<String> = Vec::new();
    if !hook.location.file.ends_with(".json") {
        // A program is its own hook.
        all.push(hook.location.file.to_string());
    }
    for word in hook.command.split_whitespace().take(200) {
        let word = word.trim_matches(['"', '\'', ';', '(', ')']).trim_start_matches("./");
        if word.is_empty() || word.starts_with('-') || word.contains("..") {
            continue;
        }
        for end in ["", ".js", ".mjs", ".cjs", ".ts", "/index.js"] {
            let path = format!("{directory}{word}{end}");
            if tree.contains(&path) && !all.contains(&path) {
                all.push(path);
            }
        }
    }
    all
}

/// An exception covers the whole command: what follows `&&` may be anything.
fn is_whole(pattern: &Pattern, command: &str) -> bool {
    let command = command.trim();
    pattern.regex().and_then(|regex| regex.find(command)).is_some_and(|found| found.start() == 0 && found.end() == command.len())
}
