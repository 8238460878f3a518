//! The output formats, held against snapshots, schemas and what their consumers ask for.

#[path = "report/samples.rs"]
mod samples;

#[path = "report/hostile.rs"]
mod hostile;
#[path = "report/json.rs"]
mod json;
#[path = "report/sarif.rs"]
mod sarif;
#[path = "report/scans.rs"]
mod scans;
#[path = "report/text.rs"]
mod text;
