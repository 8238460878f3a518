//! Checks of commands that run when a package is installed.

use super::Evidence;
use super::check::{InstallHookMatch, Pattern};
use super::draft::{Draft, shorten};

pub(super) fn find(matcher: &InstallHookMatch, evidence: Evidence) -> Vec<Draft> {
    let hooks = evidence.manifests.packages.iter().flat_map(|package| &package.install_hooks);
    hooks
        .filter(|hook| matcher.hooks.contains(&hook.name) && !matcher.except.iter().any(|pattern| is_whole(pattern, &hook.command)))
        .map(|hook| {
            let mut draft = Draft::at(hook.location.clone());
            draft.words = vec![("name", format!("`{}`", hook.name)), ("command", format!("`{}`", shorten(&hook.command, 200)))];
            draft.key = vec![hook.name.clone(), hook.command.clone()];
            draft
        })
        .collect()
}

/// An exception covers the whole command: what follows `&&` may be anything.
fn is_whole(pattern: &Pattern, command: &str) -> bool {
    let command = command.trim();
    pattern.regex().and_then(|regex| regex.find(command)).is_some_and(|found| found.start() == 0 && found.end() == command.len())
}
