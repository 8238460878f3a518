//! `tidewaiter scan`: targets → reports → gate → exit status.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::output::{self, Color};
use super::{STACK_BYTES, diagnostics, settings};
use crate::pipeline::{self, Options, ScanError, Timings};
use crate::policy::{self, Date, Decision, Exit, FailOn, Policy};
use crate::presentation::{self, Style};
use crate::report::Report;
use crate::score::CoverageLevel;

#[derive(clap::Args, Debug)]
pub(super) struct Arguments {
    /// Directory of an MCP server, tools/list JSON file, or configuration of an MCP client.
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<PathBuf>,

    /// Form of the report.
    #[arg(long, short, default_value = "text", value_parser = clap::builder::PossibleValuesParser::new(presentation::formats()))]
    format: String,

    /// Write the report to FILE instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Fail when there is a finding of this severity or worse: critical, high, medium, low, info or never [default: high].
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,

    /// Fail when the score is below N (0 to 100), or when there is none.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_score: Option<u8>,

    /// Read the policy from FILE instead of ./tidewaiter.toml.
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,

    /// Read no policy: use this in a working directory that you do not trust.
    #[arg(long)]
    no_config: bool,

    /// The day on which approvals and waivers are judged [default: SOURCE_DATE_EPOCH, else today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    now: Option<Date>,

    /// When to use colour.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,

    /// Fail (status 4) when not everything could be analysed.
    #[arg(long)]
    strict: bool,

    /// Return 0 even when the gate fails; wrong usage, missing servers and internal errors keep their status.
    #[arg(long)]
    exit_zero: bool,

    /// Number of threads [default: one for each processor].
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,

    /// Say on standard error how long each target took.
    #[arg(long)]
    timings: bool,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Exit {
    arguments.color.apply();
    match prepare(arguments) {
        Ok((policy, today)) => scan(arguments, &policy, today),
        Err(mistake) => {
            diagnostics::error(&mistake, &[]);
            Exit::Usage
        }
    }
}

/// Policy and day, as the command line and the surroundings set them.
fn prepare(arguments: &Arguments) -> Result<(Policy, Date), String> {
    let mut policy = settings::policy(arguments.config.as_deref(), arguments.no_config)?;
    let looked_here = arguments.config.is_none() && !arguments.no_config;
    if looked_here && settings::policy_may_be_the_targets(&arguments.targets) {
        diagnostics::note("the policy is the target's own tidewaiter.toml (the working directory lies in the target); --no-config ignores it");
    }
    if let Some(fail_on) = arguments.fail_on {
        policy.gate.fail_on = fail_on;
    }
    if let Some(least) = arguments.min_score {
        policy.gate.min_score = Some(least);
        for server in &mut policy.servers {
            server.min_score = server.min_score.map(|score| score.max(least));
        }
    }
    if arguments.strict {
        policy.gate.coverage = CoverageLevel::Complete;
    }
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK_BYTES);
    if let Some(jobs) = arguments.jobs {
        pool = pool.num_threads(jobs.into());
    }
    pool.build_global().map_err(|error| format!("cannot start the worker threads: {error}"))?;
    Ok((policy, settings::today(arguments.now)?))
}

fn scan(arguments: &Arguments, policy: &Policy, today: Date) -> Exit {
    let options = Options { declared: policy.declared.clone(), ..Options::default() };
    let mut exit = Exit::Pass;
    let mut reports: Vec<Report> = Vec::new();
    let mut times: Vec<(String, Duration, Timings)> = Vec::new();
    for target in &arguments.targets {
        let name = target.display().to_string();
        let start = Instant::now();
        // One target that cannot be scanned takes nothing away from the others.
        let outcome = diagnostics::guarded(|| diagnostics::with_progress(&name, || pipeline::scan_target(target, &options)));
        let elapsed = start.elapsed();
        match outcome {
            Ok(Ok((found, timings))) => {
                reports.extend(found);
                times.push((name, elapsed, timings));
            }
            Ok(Err(error)) => {
                diagnostics::error(&error.to_string(), &[]);
                exit = exit.max(match error {
                    ScanError::Target(_) => Exit::Usage,
                    ScanError::NoServer(_) => Exit::NoServer,
                    ScanError::Rules(_) => Exit::Internal,
                });
            }
            Err(panic) => {
                diagnostics::internal_error(&panic);
                exit = Exit::Internal;
            }
        }
    }

    // Servers of one configuration, and those named in one command, are used together.
    let configured = reports.iter().any(|report| report.target.configured_as.is_some());
    let several = arguments.targets.len() > 1 || (configured && reports.len() > 1);
    if several && let Err(error) = pipeline::side_by_side(&mut reports) {
        diagnostics::error(&error.to_string(), &[]);
        exit = exit.max(Exit::Internal);
    }

    let decisions: Vec<Decision> = reports.iter().map(|report| policy::gate(policy, report, today)).collect();
    let gate = decisions.iter().map(|decision| decision.exit).max().unwrap_or_default();
    exit = exit.max(if arguments.exit_zero { Exit::Pass } else { gate });

    if !reports.is_empty()
        && let Err(error) = write(arguments, &reports, several, exit)
    {
        diagnostics::error(&error, &[]);
        exit = exit.max(Exit::Usage);
    }
    tell(policy, &reports, &decisions);
    if arguments.timings {
        for (name, time, timings) in &times {
            let phases: Vec<String> = timings.phases.iter().map(|(phase, time)| format!("{phase} {:.1}", time.as_secs_f64() * 1e3)).collect();
            diagnostics::note(&format!("{name}: {:.1} ms ({})", time.as_secs_f64() * 1e3, phases.join(", ")));
        }
    }
    exit
}

/// Renders into memory first: a report is written whole or not at all.
fn write(arguments: &Arguments, reports: &[Report], several: bool, exit: Exit) -> Result<(), String> {
    let color = arguments.output.as_ref().map_or_else(|| arguments.color.on_stdout(), |_| arguments.color == Color::Always);
    let style = Style { color, width: output::width(), exit_code: exit.code(), several };
    let mut bytes = Vec::new();
    presentation::render(&arguments.format, reports, style, &mut bytes).map_err(|error| format!("cannot make the report: {error}"))?;
    match &arguments.output {
        Some(path) => output::to_file(path, &bytes).map_err(|error| format!("cannot write {}: {error}", path.display())),
        None => output::to_stdout(&bytes).map_err(|error| format!("cannot write to standard output: {error}")),
    }
}

/// Says why the gate fails, and what else its owner should know.
fn tell(policy: &Policy, reports: &[Report], decisions: &[Decision]) {
    for (report, decision) in reports.iter().zip(decisions) {
        let name = report.target.label();
        for warning in &decision.warnings {
            diagnostics::warning(&format!("{name}: {warning}"));
        }
        if !decision.pass {
            diagnostics::error(&format!("{name} does not pass the gate:"), &decision.reasons);
        }
    }
    if !reports.is_empty() {
        for warning in policy::unused_waivers(policy, decisions) {
            diagnostics::warning(&warning);
        }
    }
}
