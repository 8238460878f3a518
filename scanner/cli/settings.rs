//! What the run takes from its surroundings: the policy file and the day.

use std::path::{Path, PathBuf};

use crate::pipeline::{self, Declare};
use crate::policy::{self, Date, Policy};

/// The policy file looked for in the working directory.
const FILE: &str = "tidewaiter.toml";

/// The largest policy file that is read.
const MAX_BYTES: u64 = 4 << 20;

/// Reads the user's policy: the file named, or `tidewaiter.toml` in the working directory. Files of a target are never
/// looked for.
pub(super) fn policy(named: Option<&Path>, none: bool) -> Result<(Policy, Option<Declare>), String> {
    if none {
        return Ok((Policy::default(), None));
    }
    let path = named.map_or_else(|| PathBuf::from(FILE), Path::to_path_buf);
    let shown = path.display().to_string();
    match std::fs::metadata(&path) {
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => return Ok((Policy::default(), None)),
        Err(error) => return Err(format!("cannot read the policy {shown}: {error}")),
        Ok(metadata) if !metadata.is_file() => return Err(format!("the policy {shown} is not a file")),
        Ok(metadata) if metadata.len() > MAX_BYTES => return Err(format!("the policy {shown} is larger than {} MB", MAX_BYTES >> 20)),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot read the policy {shown}: {error}"))?;
    let policy = policy::parse(&shown, &text).map_err(|error| error.to_string())?;
    let declare = policy.declare.is_some().then_some(Declare { file: shown, text });
    let problems = declare.as_ref().map(pipeline::declare_problems).unwrap_or_default();
    match problems.first() {
        Some(problem) => Err(problem.clone()),
        None => Ok((policy, declare)),
    }
}

/// The day on which approvals and waivers are judged: `--now`, else `SOURCE_DATE_EPOCH`, else the clock.
pub(super) fn today(now: Option<Date>) -> Result<Date, String> {
    if let Some(now) = now {
        return Ok(now);
    }
    if let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") {
        let seconds = text.trim().parse().map_err(|_| format!("SOURCE_DATE_EPOCH is `{text}`; it must be a number of seconds"))?;
        return Ok(Date::from_epoch_seconds(seconds));
    }
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Ok(Date::from_epoch_seconds(seconds))
}

/// Whether the working directory, where the policy was found, lies in a target: the target's author may have written it.
pub(super) fn policy_may_be_the_targets(targets: &[PathBuf]) -> bool {
    let Ok(here) = std::env::current_dir().and_then(std::fs::canonicalize) else { return false };
    if !here.join(FILE).exists() {
        return false;
    }
    targets.iter().any(|target| std::fs::canonicalize(target).is_ok_and(|target| here.starts_with(target)))
}
