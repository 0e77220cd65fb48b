//! A client of a server: over a connection that it makes, or over one that it is handed.

use std::os::fd::OwnedFd;

use postgres::types::ToSql;
use postgres::{Error, Row, SimpleQueryMessage, Statement};
use tokio_postgres::Config;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::postgres::handed::Handed;

pub(super) enum Client {
    Direct(postgres::Client),
    Handed(Handed),
}

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Client {
    pub(super) fn direct(config: &Config, connector: MakeRustlsConnect) -> Result<Client, Error> {
        let config = postgres::Config::from(config.clone());
        config.connect(connector).map(Client::Direct)
    }

    pub(super) fn over(
        descriptor: OwnedFd,
        host: &str,
        config: &Config,
        connector: MakeRustlsConnect,
    ) -> Result<Client, Error> {
        Handed::connect(descriptor, host, config, connector).map(Client::Handed)
    }

    pub(super) fn is_closed(&self) -> bool {
        match self {
            Client::Direct(client) => client.is_closed(),
            Client::Handed(client) => client.is_closed(),
        }
    }

    pub(super) fn batch_execute(&mut self, sql: &str) -> Result<(), Error> {
        match self {
            Client::Direct(client) => client.batch_execute(sql),
            Client::Handed(client) => client.run(async |client| client.batch_execute(sql).await),
        }
    }

    pub(super) fn simple_query(&mut self, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        match self {
            Client::Direct(client) => client.simple_query(sql),
            Client::Handed(client) => client.run(async |client| client.simple_query(sql).await),
        }
    }

    pub(super) fn prepare(&mut self, sql: &str) -> Result<Statement, Error> {
        match self {
            Client::Direct(client) => client.prepare(sql),
            Client::Handed(client) => client.run(async |client| client.prepare(sql).await),
        }
    }

    pub(super) fn execute(
        &mut self,
        statement: &Statement,
        values: Values<'_>,
    ) -> Result<u64, Error> {
        match self {
            Client::Direct(client) => client.execute(statement, values),
            Client::Handed(client) => {
                client.run(async |client| client.execute(statement, values).await)
            }
        }
    }

    pub(super) fn query(
        &mut self,
        statement: &Statement,
        values: Values<'_>,
    ) -> Result<Vec<Row>, Error> {
        match self {
            Client::Direct(client) => client.query(statement, values),
            Client::Handed(client) => {
                client.run(async |client| client.query(statement, values).await)
            }
        }
    }

    pub(super) fn query_one(
        &mut self,
        statement: &Statement,
        values: Values<'_>,
    ) -> Result<Row, Error> {
        match self {
            Client::Direct(client) => client.query_one(statement, values),
            Client::Handed(client) => {
                client.run(async |client| client.query_one(statement, values).await)
            }
        }
    }

    pub(super) fn query_opt(
        &mut self,
        statement: &Statement,
        values: Values<'_>,
    ) -> Result<Option<Row>, Error> {
        match self {
            Client::Direct(client) => client.query_opt(statement, values),
            Client::Handed(client) => {
                client.run(async |client| client.query_opt(statement, values).await)
            }
        }
    }
}
