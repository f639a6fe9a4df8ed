//! The desktop shell: window, tray, menu, notifications, one program at a time.
//!
//! Not for: anything that could be done without a window. All of that is behind the contract of
//! `changeover-api`, which `changeover-headless` serves as well.
//!
//! The rule it keeps: nothing starts half. The engine stands before the window opens, and is closed
//! after the window has gone, however the end came.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod command_line;
mod host;
mod link;
mod menu;
mod news;
mod notification;
mod shell;
mod signal;
mod tray;
mod window;

use std::process::ExitCode;

use changeover_http::error_chain;
use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::command_line::CommandLine;

#[expect(
    clippy::print_stderr,
    reason = "before there is a window, the terminal is where the person looks"
)]
fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match shell::run(&command_line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("changeover: {}", error_chain(&error));
            ExitCode::FAILURE
        }
    }
}
