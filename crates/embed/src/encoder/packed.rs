//! The packed file of a model: found or made, checked, mapped.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use sha2::{Digest, Sha256};

use super::config::Dimensions;
use super::kernels::{LinearF32, LinearInt8, Norm};
use super::layout::{LAYOUT_VERSION, Layout, LinearLayout, NormLayout, header};
use super::mapping::{Mapping, view};
use super::pack::{Source, pack};
use super::{EncoderSettings, Precision};
use crate::EmbedError;

/// Weights in the form the kernels read, shared by all processes that have them open.
pub(crate) struct Packed {
    pub(crate) path: PathBuf,
    mapping: Mapping,
    pub(crate) layout: Layout,
    pub(crate) precision: Precision,
    epsilon: f32,
}

/// A linear layer in the precision of its model.
pub(crate) enum Linear<'a> {
    F32(LinearF32<'a>),
    Int8(LinearInt8<'a>),
}

impl Packed {
    /// Maps the packed file of a model; makes it first if it is missing or not what it should be.
    ///
    /// Whoever comes first makes it, others wait for the lock. Until it is complete it has another name.
    pub(crate) fn open(
        settings: &EncoderSettings,
        dimensions: &Dimensions,
    ) -> Result<Packed, EmbedError> {
        let path = file_path(settings);
        if let Some(packed) = Packed::map(&path, settings, dimensions)? {
            return Ok(packed);
        }
        fs_err::create_dir_all(&settings.packed_directory)?;
        let lock = fs_err::File::create(path.with_extension("lock"))?;
        lock.lock()?;
        if let Some(packed) = Packed::map(&path, settings, dimensions)? {
            return Ok(packed);
        }
        write(&path, settings, dimensions)?;
        let packed = Packed::map(&path, settings, dimensions)?;
        Ok(packed.expect("a packed file is as long as its layout says and begins with its header"))
    }

    /// Returns nothing if there is no such file or it is another one, by its length or its header.
    fn map(
        path: &Path,
        settings: &EncoderSettings,
        dimensions: &Dimensions,
    ) -> Result<Option<Packed>, EmbedError> {
        let layout = Layout::new(dimensions, settings.precision);
        let header = header_of(settings, dimensions, &layout);
        // The length comes first: an empty file cannot be mapped.
        match fs_err::metadata(path) {
            Ok(metadata) if metadata.len() == layout.n_bytes as u64 => {}
            _ => return Ok(None),
        }
        let mapping = Mapping::open(path)?;
        if mapping.bytes().len() != layout.n_bytes || !mapping.bytes().starts_with(&header) {
            return Ok(None);
        }
        Ok(Some(Packed {
            path: path.to_owned(),
            mapping,
            layout,
            precision: settings.precision,
            epsilon: dimensions.epsilon,
        }))
    }

    /// Writes the sum of a word's and a position's embedding, where there is one, into `output`.
    pub(crate) fn embedding(&self, word: usize, position: usize, output: &mut [f32]) {
        let width = output.len();
        let words = self.section(&self.layout.words);
        match self.precision {
            Precision::F32 => {
                output.copy_from_slice(&view(words)[word * width..][..width]);
            }
            Precision::Int8 => {
                let halves: &[f16] = view::<u16>(words)[word * width..][..width].reinterpret_cast();
                halves.convert_to_f32_slice(output);
            }
        }
        let positions = view::<f32>(self.section(&self.layout.positions));
        // A single row is for all positions.
        let position = position.min((positions.len() / width).saturating_sub(1));
        let position = positions.get(position * width..).unwrap_or_default();
        for (value, position) in output.iter_mut().zip(position) {
            *value += position;
        }
    }

    /// Returns the bias by bucket of distance and head; empty in families that have none.
    pub(crate) fn distances(&self) -> &[f32] {
        view(self.section(&self.layout.distances))
    }

    pub(crate) fn norm(&self, layout: &NormLayout) -> Norm<'_> {
        Norm {
            weight: view(self.section(&layout.weight)),
            bias: view(self.section(&layout.bias)),
            epsilon: self.epsilon,
        }
    }

    pub(crate) fn linear(&self, layout: &LinearLayout) -> Linear<'_> {
        let n_inputs = layout.n_inputs;
        let bias = view(self.section(&layout.bias));
        match self.precision {
            Precision::F32 => Linear::F32(LinearF32 {
                panels: view(self.section(&layout.panels)),
                bias,
                n_inputs,
            }),
            Precision::Int8 => Linear::Int8(LinearInt8 {
                panels: view(self.section(&layout.panels)),
                scales: view(self.section(&layout.scales)),
                sums: view(self.section(&layout.sums)),
                bias,
                n_inputs,
            }),
        }
    }

    fn section(&self, range: &std::ops::Range<usize>) -> &[u8] {
        &self.mapping.bytes()[range.clone()]
    }
}

/// The name says all that decides the content.
fn file_path(settings: &EncoderSettings) -> PathBuf {
    let hash: String = settings.weights_sha256.chars().take(16).collect();
    let precision = settings.precision.as_str();
    settings
        .packed_directory
        .join(format!("{hash}-{precision}-{LAYOUT_VERSION}.packed"))
}

fn header_of(settings: &EncoderSettings, dimensions: &Dimensions, layout: &Layout) -> [u8; 192] {
    header(
        dimensions,
        settings.precision,
        &settings.weights_sha256,
        layout.n_bytes,
    )
}

/// Makes the file whole under another name, brings it to the disk, and only then gives it its own.
fn write(
    path: &Path,
    settings: &EncoderSettings,
    dimensions: &Dimensions,
) -> Result<(), EmbedError> {
    let weights_path = settings.model_directory.join("model.safetensors");
    let weights = Mapping::open(&weights_path)?;
    let source = Source::new(&weights_path, weights.bytes())?;
    check_hash(&weights_path, weights.bytes(), &settings.weights_sha256)?;
    let layout = Layout::new(dimensions, settings.precision);
    let header = header_of(settings, dimensions, &layout);
    // Only the holder of the lock comes here, so what a crash left under this name is overwritten.
    let temporary = path.with_extension("part");
    let mut output = BufWriter::new(fs_err::File::create(&temporary)?);
    pack(source, dimensions, settings.precision, &header, &mut output)?;
    output.flush()?;
    output.get_ref().sync_all()?;
    fs_err::rename(&temporary, path)?;
    Ok(())
}

fn check_hash(path: &Path, bytes: &[u8], expected: &str) -> Result<(), EmbedError> {
    let digest = Sha256::digest(bytes);
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if found == expected {
        return Ok(());
    }
    Err(EmbedError::WrongWeights {
        path: path.to_owned(),
        expected: expected.to_owned(),
        found,
    })
}
