//! What conditions look at: the clock, who runs the program, whether somebody watches.

use super::{CLOCK, MAX_DEEDS, PERSON, TRIAL};
use crate::analysis::engine::{At, Engine};
use crate::program::{Expr, ExprId, Pattern, Statement};

/// Names by which the parts of a date are asked for.
const CALENDAR: &[&str] = &[
    "day",
    "month",
    "year",
    "hour",
    "weekday",
    "isoweekday",
    "isoformat",
    "strftime",
    "getDate",
    "getDay",
    "getMonth",
    "getFullYear",
    "getHours",
    "getUTCDate",
    "getUTCDay",
    "getUTCHours",
    "getUTCMonth",
    "getUTCFullYear",
    "Day",
    "Month",
    "Year",
    "Hour",
    "Weekday",
    "YearDay",
];

/// Variables that are set where programs are built and tried out, and on no user's machine.
const TRIALS: &[&str] = &["CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "CIRCLECI", "TRAVIS", "BUILDKITE", "TF_BUILD", "CODESPACES", "SANDBOX"];
/// Files that are there in containers and virtual machines only.
const BOXES: &[&str] = &["/.dockerenv", "/run/.containerenv", "/proc/1/cgroup", "/proc/self/cgroup", "/sys/hypervisor", "/proc/xen"];
/// Variables that say who runs the program, and where.
const PERSONS: &[&str] = &["USER", "USERNAME", "LOGNAME", "HOSTNAME", "COMPUTERNAME", "USERDOMAIN"];

impl Engine<'_> {
    /// What reading a variable or a file says of the condition it is for.
    pub(in crate::analysis::engine) fn note_look(&mut self, target: &str) {
        if TRIALS.contains(&target) || BOXES.contains(&target) {
            self.deeds.looked |= TRIAL;
        } else if PERSONS.contains(&target) {
            self.deeds.looked |= PERSON;
        }
    }

    pub(in crate::analysis::engine) fn before_statement(&mut self) -> (u8, usize) {
        (std::mem::take(&mut self.deeds.looked), self.deeds.gates.len())
    }

    /// Remembers what the value of a variable was made of, and forgets conditions that do not leave.
    pub(in crate::analysis::engine) fn after_statement(&mut self, at: At, statement: &Statement, before: (u8, usize)) {
        if let Statement::Bind { pattern, value: Some(value), .. } = statement
            && let Pattern::Variable(variable) = &self.module(at.module).patterns[pattern.index()]
            && variable.hops == 0
        {
            let (slot, value) = (variable.slot, *value);
            let looks = self.looks_at(at, value);
            if looks != 0 && self.deeds.looks.len() < MAX_DEEDS {
                self.deeds.looks.insert((at.frame, slot), looks);
            }
        }
        if let Statement::If { then, .. } = statement {
            let leaves = matches!(then.last(), Some(Statement::Return(_) | Statement::Throw(_)));
            // What follows `if …: return` happens only under the same condition.
            if !leaves {
                self.deeds.gates.truncate(before.1);
            }
        }
        self.deeds.looked |= before.0;
    }

    /// What the calls and variables of an expression look at.
    fn looks_at(&self, at: At, expr: ExprId) -> u8 {
        let mut looked = self.deeds.looked;
        let mut calendar = false;
        let calendar_names = self.deeds.calendar.get_or_init(|| CALENDAR.iter().map(|name| self.symbol(name)).collect());
        let module = self.module(at.module);
        let mut known = 0;
        let mut open = vec![expr];
        let mut budget = 200;
        while let Some(expr) = open.pop() {
            budget -= 1;
            if budget == 0 {
                break;
            }
            match &module.exprs[expr.index()] {
                Expr::Variable(variable) if variable.hops == 0 => known |= self.deeds.looks.get(&(at.frame, variable.slot)).copied().unwrap_or(0),
                Expr::Member { object, property } => {
                    calendar |= calendar_names.contains(property);
                    open.push(*object);
                }
                Expr::Call(call) => {
                    open.push(call.callee);
                    open.extend(call.arguments.iter().map(|argument| argument.value));
                }
                Expr::Binary { left, right, .. } | Expr::Logical { left, right, .. } => open.extend([*left, *right]),
                Expr::Unary { operand, .. } => open.push(*operand),
                Expr::Await(inner) => open.push(*inner),
                _ => {}
            }
        }
        // How long something took is a question to the clock too; only the calendar tells days apart.
        if !calendar {
            looked &= !CLOCK;
        }
        looked | known
    }

    pub(in crate::analysis::engine) fn note_gate(&mut self, at: At, test: ExprId) {
        let looks = self.looks_at(at, test);
        self.deeds.gates.push(looks);
    }

    pub(in crate::analysis::engine) fn gates_open(&self) -> usize {
        self.deeds.gates.len()
    }

    pub(in crate::analysis::engine) fn close_gates(&mut self, open: usize) {
        self.deeds.gates.truncate(open);
    }
}
