//! Encrypted connections, against a proxy that speaks TLS for the server, whose own programs were built without.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use store::{PostgresStore, StoreError};
use testkit::TestDatabase;

/// Length of the message that asks for encryption.
const REQUEST_BYTES: usize = 8;

/// A certificate for `localhost`, signed by itself: made for these tests and good for nothing else.
fn certificate() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/encryption/server.crt")
}

/// Starts a proxy to `server` and returns its port.
fn start_proxy(server: String) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_file(certificate().with_extension("key")).unwrap();
    let certificates = vec![CertificateDer::from_pem_file(certificate()).unwrap()];
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (server, config) = (server.clone(), config.clone());
            // A client that refuses the certificate ends the handshake, and with it the thread.
            std::thread::spawn(move || serve(client?, &server, config));
        }
    });
    port
}

fn serve(mut client: TcpStream, server: &str, config: Arc<ServerConfig>) -> std::io::Result<()> {
    client.read_exact(&mut [0; REQUEST_BYTES])?;
    client.write_all(b"S")?;
    let mut server = TcpStream::connect(server)?;
    for socket in [&client, &server] {
        socket.set_read_timeout(Some(Duration::from_millis(1)))?;
    }
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut client = StreamOwned::new(connection, client);
    while forward(&mut client, &mut server)? && forward(&mut server, &mut client)? {}
    Ok(())
}

/// Passes on what is there; returns whether there may be more.
fn forward(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<bool> {
    let mut bytes = [0; 1 << 14];
    match from.read(&mut bytes) {
        Ok(0) => Ok(false),
        Ok(n_bytes) => to
            .write_all(&bytes[..n_bytes])
            .and_then(|()| to.flush())
            .map(|()| true),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(true)
        }
        Err(error) => Err(error),
    }
}

#[test]
fn mode_decides_which_servers_are_trusted() {
    let database = TestDatabase::new();
    let address = database.address();
    let place = address.split(['@', '/']).nth(3).unwrap().to_owned();
    let port = start_proxy(place.clone());
    let root = format!("sslrootcert={}", certificate().display());
    let open = |host: &str, parameters: &str| {
        let address = address.replace(&place, host);
        PostgresStore::open(&format!("{address}?{parameters}").parse().unwrap())
    };
    let check = |host: &str, parameters: &str, refusal: Option<&str>| match (
        open(host, parameters),
        refusal,
    ) {
        (Ok(_), None) => {}
        (
            Err(StoreError::Unreachable { source, .. } | StoreError::Backend { source, .. }),
            Some(words),
        ) => {
            let said = domain::one_line(&*source);
            assert!(said.contains(words), "{host} {parameters}: {said}");
        }
        (outcome, _) => panic!("{host} {parameters}: {:?}", outcome.err()),
    };
    let (by_name, by_number) = (format!("localhost:{port}"), format!("127.0.0.1:{port}"));
    check(&by_number, "sslmode=require", None);
    check(&by_number, "", None);
    check(&by_number, &format!("sslmode=verify-ca&{root}"), None);
    check(&by_number, "sslmode=verify-ca", Some("UnknownIssuer"));
    check(&by_name, &format!("sslmode=verify-full&{root}"), None);
    check(&by_name, "sslmode=verify-full", Some("UnknownIssuer"));
    let wrong_name = format!("sslmode=verify-full&{root}");
    check(&by_number, &wrong_name, Some("not valid for name"));
    check(&place, "sslmode=require", Some("does not support TLS"));
    check(&place, "sslmode=disable", None);
}
