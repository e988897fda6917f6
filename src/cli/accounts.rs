//! `toaster user` and `toaster token`.

use std::io::{self, BufRead};
use std::thread::JoinHandle;

use clap::Subcommand;
use serde::Serialize;

use super::{Output, print_line, say};
use crate::app::DataDir;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::id::{FolderId, TokenId};
use crate::model::time::{Zone, parse_date};
use crate::model::token::{self, Rights, Scope, Token};
use crate::model::user;
use crate::store::{Store, Wakes, Writer};
use crate::{ops, secret, store, threads};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add an account
    Add {
        /// What they sign in with
        name: String,
        /// They may manage the server
        #[arg(long)]
        admin: bool,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the accounts
    List,
    /// Give an account another password, and sign it out everywhere
    Passwd {
        /// Whose
        name: String,
        /// Read the password from standard input instead of asking for it
        #[arg(long)]
        password_stdin: bool,
    },
    /// Remove an account with everything that is theirs
    Remove {
        /// Whose
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print it; it is not shown again
    Add {
        /// Whose
        user: String,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may do: read, write or admin
        #[arg(long, default_value = "write")]
        scope: String,
        /// Only with the links in the folder of that id and those inside it
        #[arg(long, value_name = "ID")]
        folder: Option<i64>,
        /// The last day on which it works, as YYYY-MM-DD where its owner lives
        #[arg(long, value_name = "DATE")]
        expires: Option<String>,
    },
    /// List the tokens
    List,
    /// Revoke a token
    Revoke {
        /// Its id, as listed
        id: i64,
    },
}

#[derive(Serialize)]
struct UserRow {
    id: i64,
    name: String,
    is_admin: bool,
    zone: String,
}

#[derive(Serialize)]
struct TokenRow {
    id: i64,
    user: String,
    name: String,
    scope: &'static str,
    folder_id: Option<i64>,
    expires_at: Option<String>,
    created_at: String,
    last_used_at: Option<String>,
}

impl UserCommand {
    pub(super) fn run(&self, config: &Config, out: Output) -> Result<()> {
        match self {
            Self::Add { name, admin, password_stdin } => {
                user::check_name(name)?;
                let hash = ask_password(*password_stdin)?;
                let (name, admin) = (name.clone(), *admin);
                with_store(config, move |store| {
                    // The first account must be able to manage the server.
                    store.write(move |tx| {
                        let admin = admin || !store::users::any(tx)?;
                        ops::accounts::add(tx, &name, &hash, admin, &Zone::of_this_machine())
                    })
                })?;
                say("added");
                Ok(())
            }
            Self::List => {
                let users = with_store(config, |store| store.read(store::users::list))?;
                let rows: Vec<_> = users.into_iter().map(UserRow::from).collect();
                out.print(&rows, |rows| {
                    let line = |row: &UserRow| {
                        format!("{}{}", row.name, if row.is_admin { "\tadmin" } else { "" })
                    };
                    rows.iter().map(line).collect::<Vec<_>>().join("\n")
                })
            }
            Self::Passwd { name, password_stdin } => {
                let name = name.clone();
                with_store(config, |store| {
                    let id = store.read(|tx| ops::accounts::by_name(tx, &name))?.id;
                    let hash = ask_password(*password_stdin)?;
                    store.write(move |tx| ops::accounts::set_password(tx, id, &hash))
                })?;
                say("changed");
                Ok(())
            }
            Self::Remove { name } => {
                let name = name.clone();
                with_store(config, |store| {
                    let id = store.read(|tx| ops::accounts::by_name(tx, &name))?.id;
                    while store.write(move |tx| ops::accounts::clear(tx, id))? {}
                    store.write(move |tx| ops::accounts::remove(tx, id))
                })?;
                say("removed");
                Ok(())
            }
        }
    }
}

impl TokenCommand {
    pub(super) fn run(&self, config: &Config, out: Output) -> Result<()> {
        match self {
            Self::Add { user, name, scope, folder, expires } => {
                let scope = Scope::parse(scope)?;
                let folder_id = folder.map(FolderId);
                let last_day = expires.as_deref().map(parse_date).transpose();
                let last_day = last_day.map_err(|error| error.under("expires"))?;
                let key = secret::new_key()?;
                let hash = secret::key_hash(&key);
                let (user, name) = (user.clone(), name.clone());
                with_store(config, |store| {
                    store.write(move |tx| {
                        let user = ops::accounts::by_name(tx, &user)?;
                        let expires_at = last_day.map(|day| token::end_of(day, &user.zone));
                        let rights = Rights { scope, folder_id, expires_at };
                        ops::tokens::add(tx, &user, &Rights::ALL, &name, &rights, &hash)
                    })
                })?;
                print_line(&key)
            }
            Self::List => {
                let tokens = with_store(config, |store| store.read(store::tokens::list_all))?;
                let rows: Vec<_> = tokens.into_iter().map(TokenRow::from).collect();
                out.print(&rows, |rows| {
                    let line = |row: &TokenRow| {
                        let limit = row.folder_id.map(|id| format!("\tfolder {id}"));
                        let end = row.expires_at.as_ref().map(|at| format!("\tuntil {at}"));
                        let (limit, end) = (limit.unwrap_or_default(), end.unwrap_or_default());
                        format!("{}\t{}\t{}\t{}{limit}{end}", row.id, row.user, row.name, row.scope)
                    };
                    rows.iter().map(line).collect::<Vec<_>>().join("\n")
                })
            }
            Self::Revoke { id } => {
                let id = TokenId(*id);
                with_store(config, |store| store.write(move |tx| store::tokens::delete(tx, id)))?;
                say("revoked");
                Ok(())
            }
        }
    }
}

/// Opens the data for one command; a running server need not be stopped for it.
pub(super) fn with_store<T>(config: &Config, body: impl FnOnce(&Store) -> Result<T>) -> Result<T> {
    let data = DataDir::open(&config.data_dir)?;
    let clock = SystemClock::shared();
    let (writer, handle) = Writer::open(&data.database(), clock.clone())?;
    let thread: JoinHandle<()> = threads::spawn("writer", move || writer.run())?;
    let result = Store::open(&data.database(), handle, Wakes::default(), clock)
        .and_then(|store| body(&store));
    thread.join().map_err(|_| Error::internal("the writer panicked"))?;
    result
}

/// The hash of a new password, typed twice or read from standard input.
fn ask_password(from_stdin: bool) -> Result<String> {
    let password = if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        line.trim_end_matches(['\n', '\r']).to_owned()
    } else {
        let ask = |prompt| {
            rpassword::prompt_password(prompt).map_err(|_| {
                Error::invalid("password", "there is no terminal to ask on; use --password-stdin")
            })
        };
        let password = ask("Password: ")?;
        if ask("Once more: ")? != password {
            return Err(Error::invalid("password", "the two are not the same"));
        }
        password
    };
    user::check_password(&password)?;
    secret::password_hash(&password)
}

impl From<user::User> for UserRow {
    fn from(user: user::User) -> Self {
        Self {
            id: user.id.0,
            name: user.name,
            is_admin: user.is_admin,
            zone: user.zone.name().to_owned(),
        }
    }
}

impl From<Token> for TokenRow {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.0,
            user: token.user_name,
            name: token.name,
            scope: token.rights.scope.as_str(),
            folder_id: token.rights.folder_id.map(|id| id.0),
            expires_at: token.rights.expires_at.map(|at| at.to_string()),
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}
