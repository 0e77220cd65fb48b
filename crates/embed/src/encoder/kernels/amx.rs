//! AMX beside AVX-512: products of whole tiles of 16 rows by 64 bytes, everything around them as in [`super::avx512`].
//!
//! Integer products are exact. A tile unit sums the even and the odd products of bfloat16 numbers apart, which [`super::avx512`] does not,
//! so that vectors of the two sets differ in their last bits.

mod attention;
mod linear;
mod tiles;

use super::{BLOCK_ROWS, BlockRows, Kernels, avx512};

pub(super) const KERNELS: Kernels = Kernels {
    block_rows: BlockRows {
        int8: 128,
        int8_wide: 256,
        ..BLOCK_ROWS
    },
    linear_int8: linear::linear_int8,
    attention_bf16: attention::attention_bf16,
    ..avx512::VNNI_KERNELS
};

pub(super) fn is_available() -> bool {
    avx512::is_bf16_available() && tiles::is_available()
}
