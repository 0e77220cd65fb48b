//! Eight floats.

use std::arch::x86_64::*;

use crate::encoder::kernels::vector::Register;

impl Register for __m256 {
    const LANES: usize = 8;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m256 {
        // SAFETY: by the caller.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m256 {
        // SAFETY: by the caller.
        unsafe { _mm256_loadu_ps(at) }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: by the caller.
        unsafe { _mm256_storeu_ps(at, self) }
    }

    #[inline(always)]
    fn prefetch(at: *const f32) {
        // SAFETY: every address may be asked for.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    #[inline(always)]
    fn add(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_add_ps(self, other) }
    }

    #[inline(always)]
    fn subtract(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_sub_ps(self, other) }
    }

    #[inline(always)]
    fn multiply(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_mul_ps(self, other) }
    }

    #[inline(always)]
    fn divide(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_div_ps(self, other) }
    }

    #[inline(always)]
    fn multiply_add(self, factor: __m256, term: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_fmadd_ps(self, factor, term) }
    }

    #[inline(always)]
    fn larger(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_max_ps(self, other) }
    }

    #[inline(always)]
    fn smaller(self, other: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_min_ps(self, other) }
    }

    #[inline(always)]
    fn round(self) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe { _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self) }
    }

    #[inline(always)]
    fn round_bf16(self) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe {
            let bits = _mm256_castps_si256(self);
            let odd = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
            let half = _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff));
            let upper = _mm256_set1_epi32(0xffff_0000_u32.cast_signed());
            _mm256_castsi256_ps(_mm256_and_si256(_mm256_add_epi32(bits, half), upper))
        }
    }

    #[inline(always)]
    fn scale(self, power: __m256) -> __m256 {
        // SAFETY: who has a register has the set.
        unsafe {
            let exponent = _mm256_slli_epi32::<23>(_mm256_cvtps_epi32(power));
            _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(self), exponent))
        }
    }
}
