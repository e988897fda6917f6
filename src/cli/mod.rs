//! The commands. Data goes to stdout, everything else to stderr; exit code 0 says done,
//! 1 failed, 2 used wrongly.

mod accounts;
mod data;
mod library;
mod serve;
mod tools;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use serde::Serialize;

use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::{Error, Result};

/// A self-hosted link saver that brings your links back with reminders.
#[derive(Debug, Parser)]
#[command(name = "toaster", version, about)]
struct Arguments {
    /// The settings file [default: $TOASTER_CONFIG, ./config.toml or /etc/toaster/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print data as JSON, for scripts
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default)
    Serve,
    /// Manage accounts
    #[command(subcommand)]
    User(accounts::UserCommand),
    /// Manage API tokens
    #[command(subcommand)]
    Token(accounts::TokenCommand),
    /// Print what would be stored for a page, as JSON
    Inspect(tools::Inspect),
    /// Print the next firings of a schedule, one UTC instant a line
    Upcoming(tools::Upcoming),
    /// Say whether a robots.txt lets an agent read an address, and which line decided
    Robots(tools::Robots),
    /// Take in the links of a file of another program, and report what came of each
    Import(library::ImportCommand),
    /// Print all links of somebody, for other programs
    Export(library::ExportCommand),
    /// Copy the database to FILE, also while the server runs
    Backup {
        /// Where to [default: a new file in DATA_DIR/backups]
        file: Option<PathBuf>,
    },
    /// Put a backup in place of the database; the server must be stopped
    Restore {
        /// The backup
        file: PathBuf,
    },
    /// Check the whole database
    Check,
}

/// Runs the command that the arguments name.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse(); // Exits with 2 when used wrongly.
    let done = run(&arguments).and_then(|()| Ok(io::stdout().flush()?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "toaster: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let out = Output { json: arguments.json };
    let command = arguments.command.as_ref().unwrap_or(&Command::Serve);
    // These need no settings, so a broken file is no obstacle.
    match command {
        Command::Upcoming(upcoming) => return upcoming.run(out, SystemClock::shared().now()),
        Command::Robots(robots) => return robots.run(out),
        _ => {}
    }
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let config = Config::load(arguments.config.as_deref(), env)?;
    crate::log::start(config.log);
    match command {
        Command::Serve => serve::run(&config),
        Command::User(command) => command.run(&config, out),
        Command::Token(command) => command.run(&config, out),
        Command::Inspect(inspect) => inspect.run(&config, out),
        Command::Import(command) => command.run(&config, out),
        Command::Export(command) => command.run(&config),
        Command::Backup { file } => data::backup(&config, file.as_deref(), out),
        Command::Restore { file } => data::restore(&config, file),
        Command::Check => data::check(&config, out),
        Command::Upcoming(_) | Command::Robots(_) => Ok(()), // Done above.
    }
}

/// Where data goes.
#[derive(Debug, Clone, Copy)]
struct Output {
    json: bool,
}

impl Output {
    /// Prints a value as JSON if that was asked for, else as `plain` words it.
    fn print<T: Serialize>(self, value: &T, plain: impl FnOnce(&T) -> String) -> Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(value).map_err(Error::internal)?
        } else {
            plain(value)
        };
        // An empty list is no line at all.
        if text.is_empty() { Ok(()) } else { print_line(&text) }
    }
}

/// Prints one line; a reader that has gone away is no failure of ours.
fn print_line(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Tells the person at the terminal something that is not data.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
