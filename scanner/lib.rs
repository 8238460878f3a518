//! Tidewaiter reads what an MCP server declares, works out what its code does, and reports the difference.

pub mod analysis;
pub mod cli;
mod client;
mod configuration;
pub mod input;
mod installed;
pub mod language;
mod library;
mod listing;
pub mod manifest;
pub mod pipeline;
pub mod policy;
pub mod presentation;
pub mod program;
pub mod report;
pub mod rule;
pub mod rules;
pub mod score;
mod servers;
mod shipping;
mod starts;
pub mod together;
