//! One connection and what is prepared on it.

pub(super) mod trust;

use std::collections::HashMap;

use postgres::types::ToSql;
use postgres::{Row, SimpleQueryMessage, Statement};
use tokio_postgres::Config;

use self::trust::{IDENTITY, Survey};
use crate::StoreError;
use crate::postgres::address::PostgresAddress;
use crate::postgres::client::Client;
use crate::postgres::dial::{CONNECT_TIMEOUT, Dial, SILENCE};
use crate::postgres::failure::Failure;
use crate::postgres::tls;

/// In the start-up packet, so that it holds before any statement; see [`Session::configure`].
const START_UP: &str = "-c search_path=pg_catalog,pg_temp";
/// What a sort or a hash may take before the server puts it on its disk, which may be full. More than ours of one file ever take.
const WORK_MEMORY: &str = "64MB";

/// Values for a statement's parameters.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What a session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
    /// A commit does not wait for the server's disk: a crash of the server may lose the last of them, in order, until a writer settles them.
    WriteUnsettled,
}

/// A connection; transactions are begun and ended by its owner.
pub(super) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
    /// Row ids of models, which never change.
    pub(super) models: HashMap<String, i64>,
    extension: Option<String>,
    /// Which schema it is; see [`trust::IDENTITY`].
    identity: Option<String>,
}

/// The tables are there, but what their vectors are made of is not.
#[derive(Debug, thiserror::Error)]
#[error("the extension vector was dropped")]
struct NoExtension;

impl Session {
    /// Connects, by `dial` where somebody else makes the connections; the session may then call what the server brings and nothing else.
    /// [`Session::enter`] finds our tables.
    pub(super) fn connect(
        address: &PostgresAddress,
        access: Access,
        dial: Option<&Dial>,
    ) -> Result<Session, Failure> {
        let refused = |source| StoreError::Unreachable {
            database: address.to_string(),
            source,
        };
        let mut target = address.target().map_err(|error| refused(error.into()))?;
        let connector = tls::connector(&target).map_err(refused)?;
        let plain = &mut target.config;
        if plain.get_connect_timeout().is_none() {
            plain.connect_timeout(CONNECT_TIMEOUT);
        }
        plain.keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
        plain.application_name(application_name());
        let theirs = plain.get_options().unwrap_or_default();
        let with_ours = plain
            .clone()
            .options(format!("{theirs} {START_UP}"))
            .clone();
        let connect = |config: &Config| -> Result<Client, Failure> {
            match dial {
                None => Ok(Client::direct(config, connector.clone())?),
                Some(dial) => {
                    let (descriptor, host) = dial().map_err(|error| refused(error.into()))?;
                    Ok(Client::over(descriptor, &host, config, connector.clone())?)
                }
            }
        };
        let client = match connect(&with_ours) {
            // A pooler between us and the server may take no options. What we set first then comes first all the same.
            Err(failure) if failure.is_of_protocol() => {
                let mut one = Session::over(connect(plain)?);
                one.require_apart(&mut Session::over(connect(plain)?), address)?;
                one.client
            }
            connected => connected?,
        };
        let mut session = Session::over(client);
        session.configure(access)?;
        Ok(session)
    }

    fn over(client: Client) -> Session {
        Session {
            client,
            statements: HashMap::new(),
            models: HashMap::new(),
            extension: None,
            identity: None,
        }
    }

    /// Fails where this connection and another, which are both open, share a session of the server: then a pooler gives out sessions by
    /// transaction, and nothing that is set, prepared or locked in one stays with who did it.
    pub(super) fn require_apart(
        &mut self,
        other: &mut Session,
        address: &PostgresAddress,
    ) -> Result<(), Failure> {
        if self.backend()? == other.backend()? {
            let database = address.to_string();
            return Err(StoreError::Pooled { database }.into());
        }
        Ok(())
    }

    /// Returns what no two sessions have in common that are there at a time. Without a prepared statement, which a pooler may lose.
    fn backend(&mut self) -> Result<Option<String>, Failure> {
        let sql =
            "SELECT pg_catalog.pg_backend_pid() || ' ' || pg_catalog.pg_postmaster_start_time()";
        let said = self.simple(sql)?;
        Ok(said.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    /// Sets what every session of ours has. The search path is first, and looks nothing up: from then on a name without a schema is the
    /// server's own, so that nobody can put a better match for one of our calls into a schema where they may create.
    fn configure(&mut self, access: Access) -> Result<(), Failure> {
        let read_only = match access {
            Access::Read => "on",
            Access::Write | Access::WriteUnsettled => "off",
        };
        let durability = match access {
            Access::Read | Access::Write => "",
            Access::WriteUnsettled => "SET synchronous_commit = off;",
        };
        let seconds = SILENCE.as_secs();
        let set_up = format!(
            "SET search_path = pg_catalog, pg_temp; SET default_transaction_read_only = {read_only};
             SET client_min_messages = warning; SET jit = off; SET work_mem = '{WORK_MEMORY}'; {durability}
             SET tcp_keepalives_idle = {seconds}; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; {IDENTITY}"
        );
        self.identity = trust::identity(self, &set_up)?;
        Ok(())
    }

    /// Goes on with what another session of this store has looked at, if it still is the same schema of the same owner.
    pub(super) fn enter_again(&mut self, survey: &Survey) -> bool {
        let is_same = survey.identity.is_some() && survey.identity == self.identity;
        if is_same {
            self.extension.clone_from(&survey.extension);
        }
        is_same
    }

    /// Looks at what is there and whose it is; refuses what is not to be trusted.
    pub(super) fn enter(
        &mut self,
        address: &PostgresAddress,
        access: Access,
    ) -> Result<Survey, Failure> {
        let survey = trust::survey(self, address, access, self.identity.clone())?;
        self.extension.clone_from(&survey.extension);
        Ok(survey)
    }

    /// Returns the quoted schema of the extension for vectors, in which its types, functions and operators are named.
    pub(super) fn extension(&self) -> Result<&str, Failure> {
        self.extension
            .as_deref()
            .ok_or_else(|| Failure::unreadable(NoExtension))
    }

    /// Runs statements without values, and returns what they say as text.
    pub(super) fn simple(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Failure> {
        Ok(self.client.simple_query(sql)?)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values, such as the beginning and the end of a transaction.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Failure> {
        Ok(self.client.batch_execute(sql)?)
    }

    pub(super) fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.execute(&statement, values)?)
    }

    pub(super) fn rows(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query(&statement, values)?)
    }

    pub(super) fn row(&mut self, sql: &str, values: Values<'_>) -> Result<Row, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query_one(&statement, values)?)
    }

    pub(super) fn optional_row(
        &mut self,
        sql: &str,
        values: Values<'_>,
    ) -> Result<Option<Row>, Failure> {
        let statement = self.prepared(sql)?;
        Ok(self.client.query_opt(&statement, values)?)
    }

    fn prepared(&mut self, sql: &str) -> Result<Statement, Failure> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Says in the server's list of sessions who holds one.
fn application_name() -> String {
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    format!("mnemo process {} on {host}", std::process::id())
}
