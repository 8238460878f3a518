//! Places in SARIF: relative URIs and regions.

use serde_sarif::sarif::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};

use crate::analysis::facts::{Place, Step};

use super::{clean_prose, cut, message};

/// Stands for a place without a file, which GitHub does not accept.
const NO_FILE: &str = "unknown";

/// A path of the target as a relative URI: `/` between the parts, `%` for whatever is not plain, no way out of the root.
pub(super) fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
        if !out.is_empty() {
            out.push('/');
        }
        for byte in part.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' | b'+' => out.push(char::from(byte)),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    if out.is_empty() { NO_FILE.to_owned() } else { out }
}

pub(super) fn physical(place: &Place, base: &str) -> PhysicalLocation {
    PhysicalLocation { artifact_location: Some(artifact(&place.file, base)), region: (place.line > 0).then(|| region(place)), ..Default::default() }
}

pub(super) fn artifact(path: &str, base: &str) -> ArtifactLocation {
    ArtifactLocation { uri: Some(uri(path)), uri_base_id: Some(base.to_owned()), ..Default::default() }
}

/// All four bounds, in order, whatever the place lacks.
pub(super) fn region(place: &Place) -> Region {
    let (line, column) = (place.line.max(1), place.column.max(1));
    let (end_line, end_column) = (place.end_line.max(1), place.end_column.max(1));
    let (end_line, end_column) = if (end_line, end_column) < (line, column) { (line, column) } else { (end_line, end_column) };
    Region {
        start_line: Some(line.into()),
        start_column: Some(column.into()),
        end_line: Some(end_line.into()),
        end_column: Some(end_column.into()),
        ..Default::default()
    }
}

pub(super) fn step(step: &Step, base: &str) -> Location {
    Location { physical_location: Some(physical(&step.place, base)), message: Some(message(&step.what)), ..Default::default() }
}

/// A tool of the server, as a place one can name without a file.
pub(super) fn tool(server: &str, tool: &str) -> LogicalLocation {
    let name = cut(&clean_prose(tool), 200);
    LogicalLocation {
        fully_qualified_name: Some(format!("{}/{name}", cut(&clean_prose(server), 200))),
        name: Some(name),
        kind: Some("function".to_owned()),
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_uris() {
        assert_eq!(uri("src/index.ts"), "src/index.ts");
        assert_eq!(uri("/etc/passwd"), "etc/passwd");
        assert_eq!(uri("a/../../b"), "a/b");
        assert_eq!(uri("http://x"), "http%3A/x");
        assert_eq!(uri("a b/[id]#?.ts"), "a%20b/%5Bid%5D%23%3F.ts");
        assert_eq!(uri("é"), "%C3%A9");
        assert_eq!(uri(""), "unknown");
    }

    #[test]
    fn regions_are_never_backwards() {
        let place = Place { file: "x".into(), line: 5, column: 9, end_line: 4, end_column: 1 };
        let region = region(&place);
        assert_eq!((region.end_line, region.end_column), (Some(5), Some(9)));
    }
}
