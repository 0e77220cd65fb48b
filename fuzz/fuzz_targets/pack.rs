//! A pack in whose records bytes were changed, with the checksum that it should have: it is restored or refused, and what was restored has
//! a digest or an error.

#![no_main]

use std::io::Cursor;

use domain::ContentHash;
use libfuzzer_sys::fuzz_target;
use ruzstd::decoding::FrameDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use store::conformance::sample;
use store::{Pack, Packing, RunSettings, SqliteStore, Store, VectorsOf, write_pack};
use tempfile::TempDir;

/// Eight bytes that say what it is and four of the version.
const HEAD: usize = 12;
const CHECKSUM: usize = 32;
/// Two lengths of four bytes.
const LENGTHS: usize = 8;

struct Index {
    _folder: TempDir,
    store: SqliteStore,
    head: Vec<u8>,
    frames: Vec<Vec<u8>>,
}

thread_local! {
    static INDEX: std::cell::RefCell<Option<Index>> = const { std::cell::RefCell::new(None) };
}

fn index_of_sample() -> Index {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&folder.path().join("index.db")).unwrap();
    let run = sample::begin(&mut store, "a");
    for at in ["a.ts", "b.ts"] {
        let file = sample::file(at, &["one", "two"]);
        store.replace_file(run.generation, &file).unwrap();
    }
    sample::finish(&mut store, &run);
    let packing = Packing {
        program: String::new(),
        vectors: VectorsOf::Chunks,
    };
    let summary = store.repositories().unwrap().remove(0);
    let mut pack = Vec::new();
    write_pack(&store, &summary, &packing, &mut pack).unwrap();
    let frames = frames(&pack[HEAD..pack.len() - CHECKSUM]);
    Index {
        _folder: folder,
        store,
        head: pack[..HEAD].to_vec(),
        frames,
    }
}

fn number(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes.try_into().unwrap()) as usize
}

fn frames(mut rest: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while number(&rest[..4]) > 0 {
        let mut frame = vec![0; number(&rest[..4])];
        let end = LENGTHS + number(&rest[4..LENGTHS]);
        let mut decoder = FrameDecoder::new();
        decoder.decode_all(&rest[LENGTHS..end], &mut frame).unwrap();
        frames.push(frame);
        rest = &rest[end..];
    }
    frames
}

fn pack(head: &[u8], frames: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = head.to_vec();
    for frame in frames.iter().filter(|frame| !frame.is_empty()) {
        let packed = compress_to_vec(&frame[..], CompressionLevel::Uncompressed);
        pack.extend((frame.len() as u32).to_le_bytes());
        pack.extend((packed.len() as u32).to_le_bytes());
        pack.extend(packed);
    }
    pack.extend([0; LENGTHS]);
    let checksum = ContentHash::of(&pack);
    pack.extend(checksum.as_bytes());
    pack
}

fuzz_target!(|data: &[u8]| {
    let [frame, high, low, n_replaced, bytes @ ..] = data else {
        return;
    };
    INDEX.with_borrow_mut(|index| {
        let index = index.get_or_insert_with(index_of_sample);
        let mut frames = index.frames.clone();
        let frame_at = usize::from(*frame) % frames.len();
        let frame = &mut frames[frame_at];
        let at = (usize::from(*high) << 8 | usize::from(*low)) % frame.len();
        let end = (at + usize::from(*n_replaced)).min(frame.len());
        frame.splice(at..end, bytes.iter().copied());
        let Ok(mut pack) = Pack::open(Cursor::new(pack(&index.head, &frames))) else {
            return;
        };
        let settings = RunSettings {
            from_scratch: true,
            ..sample::settings("b", 1)
        };
        let run = index.store.begin_run(&settings).unwrap();
        if pack.restore(&mut index.store, run.generation).is_ok() {
            index.store.digest(run.generation).ok();
        }
    });
});
