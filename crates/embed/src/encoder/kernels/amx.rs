//! AMX beside AVX-512: products of whole tiles of 16 rows by 64 bytes, everything around them as in [`super::avx512`].
//!
//! Integer products are exact, and the products of bfloat16 numbers are summed in the order that [`super::avx512`] keeps to, so
//! both sets give the same bits.

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
    avx512::is_vnni_available() && is_x86_feature_detected!("avx512bf16") && tiles::is_available()
}
