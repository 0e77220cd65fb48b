//! Cuts a byte stream into checked frames.
//!
//! ```text
//! magic "mnw1" | kind: u8 | 3 × 0 | payload length: u32 LE | CRC-32 of kind and payload: u32 LE | payload
//! ```
//!
//! A pipe loses nothing; the checks are there for a library in the worker that writes where only frames belong.

use std::io::{self, Read, Write};

use thiserror::Error;

const MAGIC: [u8; 4] = *b"mnw1";

const HEADER_BYTES: usize = 16;

/// Bounds what a wrong length can make a reader allocate. A job names work and a reply counts it, so both are small.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// One message on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

/// Why no frame could be read.
#[derive(Debug, Error)]
pub(crate) enum FrameError {
    #[error("bytes that are no frame ({found:02x?})")]
    Magic { found: [u8; 4] },
    #[error("a frame of {n_bytes} bytes, more than the limit of {PAYLOAD_BYTES_MAX}")]
    TooLong { n_bytes: usize },
    #[error("a frame with a wrong checksum")]
    Checksum,
    #[error("nothing readable: {0}")]
    Io(io::Error),
}

/// Writes a frame in one piece and flushes.
pub(crate) fn write(output: &mut (impl Write + ?Sized), frame: &Frame) -> io::Result<()> {
    output.write_all(&encode(frame)?)?;
    output.flush()
}

/// Returns the bytes of a frame.
pub(crate) fn encode(frame: &Frame) -> io::Result<Vec<u8>> {
    if frame.payload.len() > PAYLOAD_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a frame cannot carry {} bytes", frame.payload.len()),
        ));
    }
    let mut bytes = Vec::with_capacity(HEADER_BYTES + frame.payload.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[frame.kind, 0, 0, 0]);
    bytes.extend_from_slice(&(frame.payload.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&checksum(frame.kind, &frame.payload).to_le_bytes());
    bytes.extend_from_slice(&frame.payload);
    Ok(bytes)
}

/// Reads the next frame; `None` when the stream ends, also in the middle of a frame: its writer has died.
pub(crate) fn read(input: &mut impl Read) -> Result<Option<Frame>, FrameError> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    input
        .take(HEADER_BYTES as u64)
        .read_to_end(&mut header)
        .map_err(FrameError::Io)?;
    if header.len() >= MAGIC.len() && header[..4] != MAGIC {
        let found = [header[0], header[1], header[2], header[3]];
        return Err(FrameError::Magic { found });
    }
    let Ok(header) = <[u8; HEADER_BYTES]>::try_from(header) else {
        return Ok(None);
    };
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let (kind, n_bytes) = (header[4], word(8) as usize);
    if n_bytes > PAYLOAD_BYTES_MAX {
        return Err(FrameError::TooLong { n_bytes });
    }
    let mut payload = Vec::new();
    input
        .take(n_bytes as u64)
        .read_to_end(&mut payload)
        .map_err(FrameError::Io)?;
    if payload.len() < n_bytes {
        return Ok(None);
    }
    if checksum(kind, &payload) != word(12) {
        return Err(FrameError::Checksum);
    }
    Ok(Some(Frame { kind, payload }))
}

/// Takes the first frame out of bytes that come in pieces; nothing while it is not whole.
pub(crate) fn take(bytes: &mut Vec<u8>) -> Result<Option<Frame>, FrameError> {
    let mut rest = &bytes[..];
    let frame = read(&mut rest)?;
    if frame.is_some() {
        let n_read = bytes.len() - rest.len();
        bytes.drain(..n_read);
    }
    Ok(frame)
}

fn checksum(kind: u8, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(payload);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes_of(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let payload = payload.to_vec();
        write(&mut bytes, &Frame { kind: 7, payload }).unwrap();
        bytes
    }

    fn check_refused(bytes: &[u8], expected: &str) {
        let error = read(&mut &bytes[..]).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let bytes = [bytes_of(b""), bytes_of(b"hello")].concat();
        let mut input = &bytes[..];
        assert_eq!(read(&mut input).unwrap().unwrap().payload, b"");
        let second = read(&mut input).unwrap().unwrap();
        assert_eq!((second.kind, &second.payload[..]), (7, &b"hello"[..]));
        assert_eq!(read(&mut input).unwrap(), None);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let good = bytes_of(b"hello");
        for at in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[at / 8] ^= 1 << (at % 8);
            let read = read(&mut &bad[..]);
            let is_padding = (5..8).contains(&(at / 8));
            assert!(is_padding || !matches!(read, Ok(Some(_))), "bit {at}");
        }
    }

    #[test]
    fn a_stream_cut_anywhere_ends_without_an_error() {
        let good = bytes_of(b"hello");
        for n_bytes in 0..good.len() {
            assert_eq!(read(&mut &good[..n_bytes]).unwrap(), None, "{n_bytes}");
        }
    }

    #[test]
    fn frames_come_out_of_pieces() {
        let all = [bytes_of(b"one"), bytes_of(b"two")].concat();
        for n_bytes in 0..=all.len() {
            let (mut bytes, mut found) = (Vec::new(), Vec::new());
            for piece in [&all[..n_bytes], &all[n_bytes..]] {
                bytes.extend_from_slice(piece);
                while let Some(frame) = take(&mut bytes).unwrap() {
                    found.push(frame.payload);
                }
            }
            assert_eq!(
                (found, bytes),
                (vec![b"one".to_vec(), b"two".to_vec()], Vec::new())
            );
        }
    }

    #[test]
    fn garbage_is_named() {
        check_refused(b"hello, I am not a worker", "no frame");
        check_refused(b"oops", "no frame");
        let mut too_long = bytes_of(b"");
        too_long[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        check_refused(&too_long, "4294967295 bytes");
    }
}
