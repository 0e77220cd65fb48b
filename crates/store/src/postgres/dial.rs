//! Connecting to a server for somebody else, who will speak to it.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::net::sockopt;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};

use crate::postgres::address::PostgresAddress;
use crate::postgres::tls;

/// A host that does not answer in this time is as good as unreachable.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection whose other end has vanished is noticed after about this long, by us and by the server.
pub(super) const SILENCE: Duration = Duration::from_secs(30);

/// Makes connections: each with the name of its host, by which its certificate is verified, or without one where it is this machine.
pub(super) type Dial = Box<dyn Fn() -> io::Result<(OwnedFd, String)> + Send>;

impl PostgresAddress {
    /// Connects to the first of the servers that can be reached, and is of the kind that the address asks for; says nothing to it yet.
    /// Returns the connection, which does not block, and the host's name.
    pub fn dial(&self) -> io::Result<(OwnedFd, String)> {
        let target = self.target().map_err(io::Error::other)?;
        let config = &target.config;
        let n_hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
        let is_any = config.get_target_session_attrs() == TargetSessionAttrs::Any;
        let mut last = io::Error::other("the address names no host");
        for index in 0..n_hosts {
            let place = Place::of(config, index);
            let fits = || match is_any {
                true => Ok(()),
                // The driver asks the server what it is, on a connection of its own.
                false => {
                    let connector = tls::connector(&target).map_err(io::Error::other)?;
                    let alone = postgres::Config::from(place.alone(config));
                    alone.connect(connector).map(drop).map_err(io::Error::other)
                }
            };
            match fits().and_then(|()| place.connect(config)) {
                Ok(connected) => return Ok(connected),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// Where one of an address's servers is.
struct Place<'a> {
    host: Option<&'a Host>,
    address: Option<std::net::IpAddr>,
    port: u16,
}

impl<'a> Place<'a> {
    fn of(config: &'a Config, index: usize) -> Place<'a> {
        let ports = config.get_ports();
        Place {
            host: config.get_hosts().get(index),
            address: config.get_hostaddrs().get(index).copied(),
            port: *ports.get(index).or(ports.first()).unwrap_or(&5432),
        }
    }

    fn connect(&self, config: &Config) -> io::Result<(OwnedFd, String)> {
        let name = match self.host {
            Some(Host::Unix(folder)) => {
                let stream = UnixStream::connect(folder.join(format!(".s.PGSQL.{}", self.port)))?;
                stream.set_nonblocking(true)?;
                return Ok((stream.into(), String::new()));
            }
            Some(Host::Tcp(name)) => name.clone(),
            None => String::new(),
        };
        let addresses: Vec<SocketAddr> = match self.address {
            Some(address) => vec![(address, self.port).into()],
            None => (name.as_str(), self.port).to_socket_addrs()?.collect(),
        };
        let patience = config
            .get_connect_timeout()
            .copied()
            .unwrap_or(CONNECT_TIMEOUT);
        let mut last = io::Error::other("the host has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, patience) {
                Ok(stream) => return Ok((prepared(stream)?, name)),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Returns the configuration for this server alone.
    fn alone(&self, config: &Config) -> Config {
        let mut alone = Config::new();
        match self.host {
            Some(Host::Tcp(name)) => drop(alone.host(name)),
            Some(Host::Unix(folder)) => drop(alone.host_path(folder)),
            None => {}
        }
        if let Some(address) = self.address {
            alone.hostaddr(address);
        }
        if let Some(user) = config.get_user() {
            alone.user(user);
        }
        if let Some(password) = config.get_password() {
            alone.password(password);
        }
        if let Some(database) = config.get_dbname() {
            alone.dbname(database);
        }
        alone
            .port(self.port)
            .ssl_mode(config.get_ssl_mode())
            .connect_timeout(CONNECT_TIMEOUT)
            .target_session_attrs(config.get_target_session_attrs());
        alone
    }
}

/// Sets what every connection of ours has: an end that has vanished is noticed.
fn prepared(stream: TcpStream) -> io::Result<OwnedFd> {
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    sockopt::set_socket_keepalive(stream.as_fd(), true)?;
    #[cfg(target_os = "linux")]
    {
        sockopt::set_tcp_keepidle(stream.as_fd(), SILENCE)?;
        let milliseconds = u32::try_from(SILENCE.as_millis()).unwrap_or(u32::MAX);
        sockopt::set_tcp_user_timeout(stream.as_fd(), milliseconds)?;
    }
    Ok(stream.into())
}
