//! Whether a server passes: `tidewaiter.toml`, its gate, allowances and waivers.
//!
//! Nothing here reads files, environment or clock, and nothing here changes a report: a waived finding is still in it and
//! still costs its points.

mod allow;
mod config;
mod date;
mod gate;
#[cfg(test)]
mod tests;

pub use config::{ConfigError, FailOn, Files, Gate, Policy, Server, Waiver, parse};
pub use date::Date;
pub use gate::{Decision, gate, unused_waivers};

/// How a run ends. The order of the variants is the order of gravity: of several outcomes the last one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    #[default]
    Pass,
    /// Less was seen than the gate asks for.
    Incomplete,
    /// A finding, the score, the exposure or an allowance fails the gate.
    Failed,
    /// The server is not the one in the lock.
    Drift,
    /// Nothing in a target is an MCP server.
    NoServer,
    /// The command line, the policy or a target is wrong.
    Usage,
    /// The scanner's own fault.
    Internal,
}

impl Exit {
    /// The status of the process.
    pub fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NoServer => 3,
            Exit::Incomplete => 4,
            Exit::Drift => 5,
            Exit::Internal => 70,
        }
    }
}
