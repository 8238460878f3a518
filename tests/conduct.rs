//! Twins of servers in `fixtures/conduct/<what>/`: `harmful` and `honest` differ only in what is said, or in where data
//! goes. The harmful one is found and scores below 60; the honest one has no serious finding and scores 75 or more.

use std::fs;
use std::path::{Path, PathBuf};

use tidewaiter::pipeline::{Options, scan_path};
use tidewaiter::rule::Severity;

fn folders(root: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path()).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

#[test]
fn harm_is_told_from_power() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conduct");
    let mut wrong = Vec::new();
    let mut count = 0;
    for twin in folders(&root).iter().flat_map(|what| folders(what)) {
        count += 1;
        let harmful = twin.ends_with("harmful");
        let name = twin.strip_prefix(&root).expect("below the root").display().to_string();
        let (reports, _) = match scan_path(&twin, &Options::default()) {
            Ok(scanned) => scanned,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let report = reports.first().expect("a report");
        let found: Vec<String> = report.findings.iter().map(|f| format!("{} ({:?}, {:?})", f.rule, f.severity, f.confidence)).collect();
        let loud = |least: Severity| report.findings.iter().any(|f| f.severity >= least);
        let value = report.score.value;
        let right = match harmful {
            true => loud(Severity::Medium) && value.is_none_or(|value| value < 60),
            false => !loud(Severity::High) && value.is_some_and(|value| value >= 75),
        };
        if !right {
            wrong.push(format!("{name}: score {value:?}, found {}", found.join(", ")));
        }
    }
    assert!(count > 40, "the fixtures are missing");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}
