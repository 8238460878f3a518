use super::{lower, show};

#[test]
fn print_all() {
    let cases = include_str!("cases.txt");
    let mut failed = String::new();
    for case in cases.split("\n====\n").filter(|case| !case.trim().is_empty()) {
        let (source, expected) = case.split_once("\n----\n").unwrap_or((case, ""));
        let got = show(&format!("{source}\n"));
        if got != expected.trim() {
            failed.push_str(&format!("{source}\n----\n{got}\n====\n"));
        }
    }
    assert!(failed.is_empty(), "\n{failed}");
}

#[test]
fn errors_are_counted() {
    assert_eq!(lower("x = 1\n").0.error_bytes, 0);
    let module = lower("def f():\n  return 1\n\n)))) $$ ((\n\ndef g(): return 2\n").0;
    assert!(module.error_bytes > 0 && module.error_bytes < 30, "{}", module.error_bytes);
    assert!(module.exports_all);
}

#[test]
fn star_imports_are_exports() {
    let module = lower("from .a import *\nf()\n").0;
    assert_eq!(module.exports.len(), 1);
}

/// `cargo test --lib python::tests::features::real -- --ignored --nocapture` with DIRECTORY set to a tree of files.
#[test]
#[ignore = "reads files of the machine"]
fn real_files() {
    let root = std::env::var("DIRECTORY").unwrap();
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(root).into_iter().flatten() {
        if entry.path().extension().is_some_and(|e| e == "py") {
            files.push(String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned());
        }
    }
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || {
            use crate::program::{Ecosystem, Expr, Interner, builder::Builder};
            let names = Interner::default();
            let (mut parsing, mut lowering) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
            let (mut exprs, mut unknown, mut errors, mut problems, mut bytes) = (0, 0, 0, 0, 0);
            for text in &files {
                let start = std::time::Instant::now();
                let tree = super::super::lower::parse(text).unwrap();
                parsing += start.elapsed();
                let start = std::time::Instant::now();
                let module = super::super::lower::lower(Builder::new("m.py", Ecosystem::Python, &names), &tree, text);
                lowering += start.elapsed();
                exprs += module.exprs.len();
                unknown += module.exprs.iter().filter(|e| matches!(e, Expr::Unknown)).count();
                errors += module.error_bytes;
                problems += module.problems.len();
                bytes += text.len();
            }
            eprintln!("{} files, {bytes} bytes, parse {parsing:?}, lower {lowering:?}", files.len());
            eprintln!("{exprs} expressions, {unknown} unknown, {errors} error bytes, {problems} problems");
        })
        .unwrap()
        .join()
        .unwrap();
}
