//! What is said on standard error: mistakes, warnings, progress and, once, an internal error.

use std::io::{IsTerminal, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use super::output::escape;
use crate::policy::Exit;

/// Text and place of the first panic not yet reported.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

pub(super) fn error(message: &str, details: &[String]) {
    say("error", AnsiColor::Red.on_default().bold(), message, details);
}

pub(super) fn warning(message: &str) {
    say("warning", AnsiColor::Yellow.on_default().bold(), message, &[]);
}

pub(super) fn note(message: &str) {
    say("note", AnsiColor::Cyan.on_default().bold(), message, &[]);
}

fn say(kind: &str, style: Style, message: &str, details: &[String]) {
    let mut err = anstream::stderr().lock();
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(err, "{style}{kind}{style:#}: {}", escape(message));
    for detail in details {
        let _ = writeln!(err, "  {}", escape(detail));
    }
}

/// Reports a panic caught by [`guarded`].
pub(super) fn internal_error(what: &str) {
    let version = env!("CARGO_PKG_VERSION");
    error(
        &format!("internal error: {what}"),
        &[
            format!("This is a fault of tidewaiter {version}, not of the target."),
            "Please report it with the line above and, if you can, the target.".to_owned(),
        ],
    );
}

/// Runs `work` so that a panic in it becomes an exit status and a request to report it.
pub(super) fn catch(work: impl FnOnce() -> Exit) -> Exit {
    guarded(work).unwrap_or_else(|what| {
        internal_error(&what);
        Exit::Internal
    })
}

/// Runs `work`; a panic in it is returned as text with its place.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or(String::new(), |place| format!(" at {}:{}", place.file(), place.line()));
        let text = panic.payload_as_str().unwrap_or("no message");
        if let Ok(mut slot) = PANIC.lock() {
            slot.get_or_insert_with(|| format!("{text}{place}"));
        }
    }));
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let seen = PANIC.lock().ok().and_then(|mut slot| slot.take());
        seen.unwrap_or_else(|| "unknown".to_owned())
    })
}

/// Runs `work`; when it takes more than a second and standard error is a terminal, says what is going on.
pub(super) fn with_progress<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !std::io::stderr().is_terminal() {
        return work();
    }
    let (done, finished) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if finished.recv_timeout(Duration::from_secs(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let mut err = std::io::stderr();
                let _ = write!(err, "scanning {} …", escape(what)).and_then(|()| err.flush());
                let _ = finished.recv();
                // Back to the start of the line, erase it.
                let _ = write!(err, "\r\x1b[K").and_then(|()| err.flush());
            }
        });
        let result = work();
        drop(done);
        result
    })
}
