//! What was not seen, as notifications: a result list says nothing about the files it does not cover.

use serde_json::json;
use serde_sarif::sarif::{Location, MultiformatMessageString, Notification, ReportingDescriptor, ReportingDescriptorReference};

use crate::analysis::facts::{Place, Weight};
use crate::report::Report;

use super::{message, place, rules};

/// More than this says no more to a reader; the rest is counted.
const NOTIFICATION_LIMIT: usize = 1_000;

/// A kind of notification: its place in this list is its index.
struct Kind {
    id: &'static str,
    summary: &'static str,
    help: &'static str,
}

const FILE_SKIPPED: usize = 0;
const UNRESOLVED: usize = 1;
const TOOLS_INCOMPLETE: usize = 2;
const LEFT_OUT: usize = 3;

const KINDS: &[Kind] = &[
    Kind {
        id: "file-skipped",
        summary: "A file was not read",
        help: "The scan says nothing about what this file contains. Scan the sources it was made from, if they exist, or read it by hand.",
    },
    Kind {
        id: "unresolved",
        summary: "Code could not be followed",
        help: "Something that runs could not be followed, so effects behind it are missing from the report. Read the place by hand.",
    },
    Kind {
        id: "tools-incomplete",
        summary: "The list of tools may not be complete",
        help: "Tools are built in a way that only shows when the server runs, so the server may offer more tools than are listed.",
    },
    Kind {
        id: "results-left-out",
        summary: "More was found than is written here",
        help: "Only the most severe results are kept, since consumers reject larger logs. The JSON report has all of them.",
    },
];

pub(super) fn descriptors() -> Vec<ReportingDescriptor> {
    KINDS
        .iter()
        .map(|kind| {
            ReportingDescriptor::builder()
                .id(kind.id)
                .short_description(rules::text(kind.summary))
                .full_description(rules::text(kind.help))
                .help(MultiformatMessageString { text: kind.help.to_owned(), markdown: Some(kind.help.to_owned()), properties: None })
                .build()
        })
        .collect()
}

pub(super) fn notifications(reports: &[Report], bases: &[String], dropped: usize) -> Vec<Notification> {
    let mut notifications = Vec::new();
    if dropped > 0 {
        notifications.push(notification(LEFT_OUT, "warning", &format!("{dropped} less severe results are left out."), None));
    }
    let mut all = reports.iter().zip(bases).flat_map(|(report, base)| of_report(report, base));
    notifications.extend(all.by_ref().take(NOTIFICATION_LIMIT));
    let more = all.count();
    if more > 0 {
        notifications.push(notification(LEFT_OUT, "warning", &format!("{more} more notifications are left out."), None));
    }
    notifications
}

fn of_report<'a>(report: &'a Report, base: &'a str) -> impl Iterator<Item = Notification> + 'a {
    let incomplete = report.server.tools_incomplete_because.iter();
    let incomplete = incomplete.map(|why| notification(TOOLS_INCOMPLETE, "warning", &format!("The list of tools may not be complete: {why}"), None));
    let coverage = report.coverage();
    let skipped = coverage.files_skipped.iter().map(move |skipped| {
        let place = Place { file: skipped.file.as_str().into(), ..Default::default() };
        notification(FILE_SKIPPED, "warning", &format!("{} was not read: {}", skipped.file, skipped.reason), location(&place, base))
    });
    let unresolved = coverage.unresolved.iter().map(move |unresolved| {
        let level = if unresolved.weight == Weight::Note { "note" } else { "warning" };
        notification(UNRESOLVED, level, &unresolved.what, location(&unresolved.location, base))
    });
    incomplete.chain(skipped).chain(unresolved)
}

fn location(place: &Place, base: &str) -> Option<Location> {
    (!place.file.is_empty()).then(|| Location { physical_location: Some(place::physical(place, base)), ..Default::default() })
}

fn notification(kind: usize, level: &str, text: &str, location: Option<Location>) -> Notification {
    let id = KINDS.get(kind).map_or("", |kind| kind.id);
    let descriptor = ReportingDescriptorReference::builder().id(id).index(i64::try_from(kind).unwrap_or(0)).build();
    let mut notification = Notification::builder().level(json!(level)).message(message(text)).descriptor(descriptor).build();
    notification.locations = location.map(|location| vec![location]);
    notification
}
