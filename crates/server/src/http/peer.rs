//! Whose process is at the other end of a loopback connection.

use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, SocketAddr};

/// The kernel's tables of sockets, which both ends of a loopback connection stand in.
const TABLES: &[&str] = &["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/// As much of a table is read: some tens of thousands of sockets.
const TABLE_BYTES_MAX: u64 = 8 << 20;

/// A connection that neither end has closed, as the tables have it.
const ESTABLISHED: &str = "01";

/// Returns whether the other end of a connection belongs to a process of the user who runs this one. Not where that is unknown: on
/// another system, or from another machine.
pub(super) fn is_of_own_user(peer: SocketAddr, local: SocketAddr) -> bool {
    let own = rustix::process::geteuid().as_raw();
    let is_loopback = peer.ip().to_canonical().is_loopback();
    is_loopback
        && TABLES
            .iter()
            .any(|table| user_in(table, peer, local) == Some(own))
}

fn user_in(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let file = fs_err::File::open(table).ok()?;
    let rows = BufReader::new(file.take(TABLE_BYTES_MAX)).lines();
    let is_v6 = table.ends_with('6');
    let (peer, local) = (written(peer, is_v6), written(local, is_v6));
    rows.map_while(Result::ok)
        .find_map(|row| user_of(&row, &peer, &local))
}

/// Returns the user of a row, if it is the one of the socket at `peer` that is connected with `local`. A socket that no process has open any
/// more stands there as one of user 0 and without a file.
fn user_of(row: &str, peer: &str, local: &str) -> Option<u32> {
    let mut fields = row.split_ascii_whitespace().skip(1);
    let is_it = fields.next()? == peer && fields.next()? == local && fields.next()? == ESTABLISHED;
    let user = fields.nth(3)?.parse().ok()?;
    let file = fields.nth(1)?;
    (is_it && file != "0").then_some(user)
}

/// Writes an address as the kernel does: words of 32 bits in the order of the machine, in hexadecimal.
fn written(address: SocketAddr, is_v6: bool) -> String {
    let ip = address.ip().to_canonical();
    let bytes = match ip {
        IpAddr::V4(ip) if is_v6 => ip.to_ipv6_mapped().octets().to_vec(),
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let words = bytes.as_chunks::<4>().0.iter();
    let words: String = words
        .map(|word| format!("{:08X}", u32::from_ne_bytes(*word)))
        .collect();
    format!("{words}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_connection_of_our_own_is_known_while_it_lasts() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                continue;
            };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (server, peer) = listener.accept().unwrap();
            let local = server.local_addr().unwrap();
            assert!(is_of_own_user(peer, local), "{address}");
            assert!(!is_of_own_user(
                local,
                SocketAddr::from(([127, 0, 0, 1], 1))
            ));
            drop(client);
            assert!(!is_of_own_user(peer, local), "{address}");
        }
    }

    #[test]
    fn sockets_of_others_or_of_nobody_are_not_ours() {
        let row = |rest: &str| format!("   0: 0100007F:C350 0100007F:1F90 {rest}");
        let user = |rest: &str| user_of(&row(rest), "0100007F:C350", "0100007F:1F90");
        let queues = "00000000:00000000 00:00000000 00000000";
        assert_eq!(user(&format!("01 {queues} 1000 0 52417 1 0")), Some(1000));
        assert_eq!(user(&format!("06 {queues} 0 0 0 3 0")), None);
        assert_eq!(user(&format!("01 {queues} 0 0 0 3 0")), None);
        assert_eq!(user("01"), None);
        assert_eq!(user_of(&row("01"), "0100007F:C351", "0100007F:1F90"), None);
    }
}
