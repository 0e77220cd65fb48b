//! A confinement as bytes, for the parent's first message.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use super::{Confinement, NetworkAccess, OtherCalls};

impl Confinement {
    /// Returns it as bytes: what comes of other calls, and three lists, the first two of them a count and its items. The network is no list of
    /// ports, or one that is not empty, with port 0 alone for what is handed over.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![match self.other_calls {
            OtherCalls::Fail => 0,
            OtherCalls::Kill => 1,
        }];
        for paths in [&self.readable, &self.writable] {
            put_number(&mut bytes, paths.len());
            for path in paths {
                put_number(&mut bytes, path.as_os_str().len());
                bytes.extend(path.as_os_str().as_bytes());
            }
        }
        match &self.network {
            NetworkAccess::None => {}
            NetworkAccess::Handed => bytes.extend(HANDED.to_le_bytes()),
            NetworkAccess::Ports(ports) => {
                bytes.extend(ports.iter().flat_map(|port| port.to_le_bytes()));
            }
        }
        bytes
    }

    /// Returns what [`to_bytes`](Confinement::to_bytes) wrote; nothing where it did not.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Confinement> {
        let (other_calls, mut bytes) = match bytes.split_first()? {
            (0, rest) => (OtherCalls::Fail, rest),
            (1, rest) => (OtherCalls::Kill, rest),
            _ => return None,
        };
        let (readable, writable) = (take_paths(&mut bytes)?, take_paths(&mut bytes)?);
        let (ports, rest) = bytes.as_chunks::<2>();
        let network = match ports {
            [] => NetworkAccess::None,
            [port] if *port == HANDED.to_le_bytes() => NetworkAccess::Handed,
            ports => NetworkAccess::Ports(ports.iter().map(|p| u16::from_le_bytes(*p)).collect()),
        };
        rest.is_empty().then_some(Confinement {
            readable,
            writable,
            network,
            other_calls,
        })
    }
}

/// Stands for connections that are handed over, since it is no port of a server.
const HANDED: u16 = 0;

fn put_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u64).to_le_bytes());
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk::<8>()?;
    *bytes = rest;
    usize::try_from(u64::from_le_bytes(*number)).ok()
}

fn take_paths(bytes: &mut &[u8]) -> Option<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for _ in 0..take_number(bytes)? {
        let n_bytes = take_number(bytes)?;
        let (path, rest) = bytes.split_at_checked(n_bytes)?;
        paths.push(OsString::from_vec(path.to_vec()).into());
        *bytes = rest;
    }
    Some(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (network, other_calls) in [
            (NetworkAccess::None, OtherCalls::Fail),
            (NetworkAccess::Handed, OtherCalls::Fail),
            (NetworkAccess::Ports(vec![5432, 1]), OtherCalls::Kill),
        ] {
            let confinement = Confinement {
                readable: vec!["/a b".into(), OsString::from_vec(vec![b'/', 0xff]).into()],
                writable: vec!["/c".into()],
                network,
                other_calls,
            };
            let bytes = confinement.to_bytes();
            assert_eq!(Confinement::from_bytes(&bytes), Some(confinement));
            assert_eq!(Confinement::from_bytes(&bytes[..bytes.len() - 1]), None);
        }
    }
}
