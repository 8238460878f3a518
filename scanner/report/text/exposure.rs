//! The lethal trifecta of one server, and of all servers of the run.

use std::io::{self, Write};

use crate::report::Report;
use crate::report::clean::name;
use crate::rule::Witness;
use crate::together::Together;

use super::paint::{DOUBTFUL, wrap};
use super::{Page, count};

/// Names in one line of a leg.
const NAMES: usize = 12;
/// Tools that several servers offer.
const SAME_NAMES: usize = 12;
/// `untrusted content` and two spaces.
const LABEL: usize = 19;

/// One server: nothing with a single leg, which most have.
pub(super) fn write(page: &Page<'_>, report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let legs = report.trifecta.legs();
    let given = legs.iter().filter(|(_, witnesses)| !witnesses.is_empty()).count();
    if given < 2 {
        return Ok(());
    }
    let title = if report.trifecta.complete { "Lethal trifecta: all three" } else { "Lethal trifecta: two of three" };
    page.heading(title, out)?;
    for (leg, witnesses) in legs {
        let tools: Vec<&str> = witnesses.iter().map(|witness: &Witness| witness.tool.as_str()).collect();
        line(page, leg, &tools, "none was seen", out)?;
    }
    let meaning = match report.trifecta.complete {
        true => {
            "Whoever writes what it reads can make the model give private data away. This is exposure and costs no points: use it where the content is trusted, or without one of the three."
        }
        false => {
            "Together with a server that gives the third, what a stranger writes can make the model give private data away. This is exposure and costs no points."
        }
    };
    page.prose(meaning, 2, out)
}

/// All servers of the run.
pub(super) fn write_together(page: &Page<'_>, together: &Together, out: &mut dyn Write) -> io::Result<()> {
    page.heading(&format!("Together: {}", count(together.servers.len(), "server")), out)?;
    let legs = &together.trifecta;
    for (leg, servers) in [("private data", &legs.private_data), ("untrusted content", &legs.untrusted_content), ("way out", &legs.way_out)] {
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        line(page, leg, &servers, "none was seen", out)?;
    }
    let meaning = match (legs.complete, legs.only_together) {
        (true, true) => {
            "Lethal trifecta: no server has all three, all of them together do. What a stranger writes in one can make the model give away what another reads. Use them in separate sessions, or leave one out."
        }
        (true, false) => "Lethal trifecta: all three are there. What a stranger writes can make the model give private data away.",
        _ => "The lethal trifecta is not complete in what was seen.",
    };
    page.prose(meaning, 2, out)?;
    if !together.unseen.is_empty() {
        let names: Vec<&str> = together.unseen.iter().map(String::as_str).collect();
        line(page, "not seen", &names, "", out)?;
    }
    if !together.same_names.is_empty() {
        writeln!(out, "  same names")?;
        for same in together.same_names.iter().take(SAME_NAMES) {
            let servers: Vec<String> = same.servers.iter().take(NAMES).map(|server| name(server)).collect();
            page.prose(&format!("{}: {}", name(&same.tool), servers.join(", ")), 4, out)?;
        }
        if together.same_names.len() > SAME_NAMES {
            writeln!(out, "    … {} more", count(together.same_names.len() - SAME_NAMES, "name"))?;
        }
    }
    Ok(())
}

fn line(page: &Page<'_>, label: &str, names: &[&str], nothing: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut shown: Vec<String> = names.iter().take(NAMES).map(|text| name(text)).collect();
    if names.len() > NAMES {
        shown.push(format!("… {} more", names.len() - NAMES));
    }
    if shown.is_empty() {
        return writeln!(out, "  {label:LABEL$}{nothing}");
    }
    for (index, part) in wrap(&shown.join(", "), page.width.saturating_sub(LABEL + 2)).into_iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        writeln!(out, "  {}{part}", page.paint.style(DOUBTFUL, &format!("{label:LABEL$}")))?;
    }
    Ok(())
}
