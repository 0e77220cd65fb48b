//! Four floats.

use std::arch::aarch64::*;

use crate::encoder::kernels::vector::Register;

impl Register for float32x4_t {
    const LANES: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vdupq_n_f32(value) }
    }

    #[inline(always)]
    unsafe fn load(at: *const f32) -> float32x4_t {
        // SAFETY: by the caller.
        unsafe { vld1q_f32(at) }
    }

    #[inline(always)]
    unsafe fn store(self, at: *mut f32) {
        // SAFETY: by the caller.
        unsafe { vst1q_f32(at, self) }
    }

    #[inline(always)]
    fn add(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vaddq_f32(self, other) }
    }

    #[inline(always)]
    fn subtract(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vsubq_f32(self, other) }
    }

    #[inline(always)]
    fn multiply(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vmulq_f32(self, other) }
    }

    #[inline(always)]
    fn divide(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vdivq_f32(self, other) }
    }

    #[inline(always)]
    fn multiply_add(self, factor: float32x4_t, term: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vfmaq_f32(term, self, factor) }
    }

    #[inline(always)]
    fn larger(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vmaxq_f32(self, other) }
    }

    #[inline(always)]
    fn smaller(self, other: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vminq_f32(self, other) }
    }

    #[inline(always)]
    fn round(self) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe { vrndnq_f32(self) }
    }

    #[inline(always)]
    fn round_bf16(self) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe {
            let bits = vreinterpretq_u32_f32(self);
            let odd = vandq_u32(vshrq_n_u32::<16>(bits), vdupq_n_u32(1));
            let half = vaddq_u32(odd, vdupq_n_u32(0x7fff));
            let upper = vdupq_n_u32(0xffff_0000);
            vreinterpretq_f32_u32(vandq_u32(vaddq_u32(bits, half), upper))
        }
    }

    #[inline(always)]
    fn scale(self, power: float32x4_t) -> float32x4_t {
        // SAFETY: every 64-bit Arm has the set.
        unsafe {
            let exponent = vshlq_n_s32::<23>(vcvtq_s32_f32(power));
            vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(self), exponent))
        }
    }
}
