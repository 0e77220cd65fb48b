//! Files mapped read-only into memory, and their bytes seen as numbers.

use std::io;
use std::path::Path;

use memmap2::Mmap;

use crate::EmbedError;
use crate::limits::WEIGHTS_MAX_BYTES;

/// A whole file, read-only. Processes that map the same file share its pages.
pub(crate) struct Mapping(Mmap);

impl Mapping {
    pub(crate) fn open(path: &Path) -> Result<Mapping, EmbedError> {
        let file = files::open_named(path, WEIGHTS_MAX_BYTES)?;
        // SAFETY: our own files are written once under another name and then renamed, never changed in place, and nothing else
        // has reason to change the model's files. Whoever cuts a file short while it is mapped ends the process.
        let map = unsafe { Mmap::map(file.file()) };
        let map = map.map_err(|source| {
            let text = format!("failed to map file `{}`: {source}", path.display());
            io::Error::new(source.kind(), text)
        })?;
        Ok(Mapping(map))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Types for which any bytes are a value.
pub(crate) trait Plain: Copy + sealed::Sealed {}

impl Plain for i8 {}
impl Plain for u16 {}
impl Plain for i32 {}
impl Plain for f32 {}

mod sealed {
    pub(crate) trait Sealed {}
    impl Sealed for i8 {}
    impl Sealed for u16 {}
    impl Sealed for i32 {}
    impl Sealed for f32 {}
}

/// Returns `bytes` as numbers of the machine's byte order.
///
/// # Panics
///
/// If they are not aligned for the type or hold a fraction of a number.
pub(crate) fn view<T: Plain>(bytes: &[u8]) -> &[T] {
    // SAFETY: any bytes are a value of a `Plain` type.
    let (before, numbers, after) = unsafe { bytes.align_to::<T>() };
    assert!(before.is_empty() && after.is_empty());
    numbers
}
