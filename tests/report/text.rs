use tidewaiter::report::Report;

use crate::samples::{all, bad_server, clean_server, render, render_at, unreadable_server};

fn snapshot(name: &str, reports: &[Report]) {
    for width in [60, 100, 160] {
        insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(format!("text_{name}_{width}"), render_at("text", reports, width, false));
        });
    }
}

#[test]
fn snapshots() {
    snapshot("clean", &[clean_server()]);
    snapshot("bad", &[bad_server()]);
    snapshot("unreadable", &[unreadable_server()]);
}

#[test]
fn colour_adds_codes_and_changes_nothing_else() {
    let plain = render_at("text", &all(), 120, false);
    let coloured = render_at("text", &all(), 120, true);
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains('\u{1b}'));
    assert_eq!(without_codes(&coloured), plain);
}

fn without_codes(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for code in characters.by_ref() {
                if code.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(character);
        }
    }
    out
}

#[test]
fn no_verdict_says_safe() {
    let text = render("text", &all());
    assert!(!text.to_lowercase().contains("safe"));
    assert!(text.contains("no issue found by the 5 checks of ruleset 0123456789ab; coverage complete"));
}

#[test]
fn lines_fit_the_terminal() {
    for width in [60, 80, 100, 160] {
        for line in render_at("text", &all(), width, false).lines() {
            let columns = tidewaiter::report::clean::width(line);
            assert!(columns <= width, "{columns} columns at {width}: {line}");
        }
    }
}
