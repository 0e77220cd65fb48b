//! The tile unit itself: asking for it, setting it up, and the one loop over it. Stable Rust has no intrinsics for it.

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::sync::LazyLock;

/// Rows of a tile.
pub(super) const ROWS: usize = 16;

/// Bytes of a tile's row.
pub(super) const ROW_N_BYTES: usize = 64;

/// Bytes of a tile.
pub(super) const TILE_N_BYTES: usize = ROWS * ROW_N_BYTES;

/// Says whether the processor has tiles of bytes and of bfloat16, and the system lets this process use them.
pub(super) fn is_available() -> bool {
    static AVAILABLE: LazyLock<bool> =
        LazyLock::new(|| is_in_processor() && is_granted_by_system());
    *AVAILABLE
}

fn is_in_processor() -> bool {
    const BF16: u32 = 1 << 22;
    const TILE: u32 = 1 << 24;
    const INT8: u32 = 1 << 25;
    let needed = BF16 | TILE | INT8;
    __cpuid_count(0, 0).eax >= 7 && __cpuid_count(7, 0).edx & needed == needed
}

/// Asks Linux for the 8 KB of state a thread, which a process has only on demand.
#[cfg(target_os = "linux")]
fn is_granted_by_system() -> bool {
    const SYS_ARCH_PRCTL: u64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const XFEATURE_XTILEDATA: u64 = 18;
    let mut result = SYS_ARCH_PRCTL;
    // SAFETY: the call takes two numbers, touches no memory of ours, and changes the registers that are named.
    unsafe {
        asm!(
            "syscall",
            inout("rax") result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XFEATURE_XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}

#[cfg(not(target_os = "linux"))]
fn is_granted_by_system() -> bool {
    false
}

/// All eight tiles with sixteen rows of 64 bytes, for as long as this lives.
///
/// The set-up belongs to the thread, so a value must stay on the thread that made it and must not be made twice at a time.
pub(super) struct Tiles(std::marker::PhantomData<*const ()>);

#[repr(C, align(64))]
struct Palette([u8; 64]);

impl Tiles {
    /// # Safety
    ///
    /// Tiles are available.
    pub(super) unsafe fn set_up() -> Tiles {
        static PALETTE: Palette = {
            let mut bytes = [0; 64];
            bytes[0] = 1;
            let mut tile = 0;
            while tile < 8 {
                bytes[16 + 2 * tile] = ROW_N_BYTES as u8;
                bytes[48 + tile] = ROWS as u8;
                tile += 1;
            }
            Palette(bytes)
        };
        // SAFETY: the palette is 64 bytes; the processor has tiles by the caller.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &raw const PALETTE, options(nostack, preserves_flags));
        }
        Tiles(std::marker::PhantomData)
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: tiles are set up; without them the system has no state to keep for this thread.
        unsafe { asm!("tilerelease", options(nostack, preserves_flags)) }
    }
}

/// A product of row tiles on the left and two column tiles on the right, summed over tiles of depth.
#[derive(Clone, Copy)]
pub(super) struct Product {
    /// Rows of the left side, 64 bytes per step, each step behind the one before.
    pub(super) left: *const u8,
    /// Bytes from row to row.
    pub(super) left_stride: usize,
    /// First tile of the right side; the tile of the next step lies behind it.
    pub(super) right: *const u8,
    /// Bytes from a tile to the one of the second columns.
    pub(super) right_next: usize,
    /// Tiles of depth.
    pub(super) n_steps: usize,
    /// Where the sums go, 16 columns behind 16 columns.
    pub(super) output: *mut u8,
    /// Bytes from row to row.
    pub(super) output_stride: usize,
}

/// Defines a product of tiles.
///
/// The tile unit needs 64 cycles a step, in which the processor can do other things: after every step it is `meanwhile`'s turn, with
/// the number of the step. It must be short, so that the next step is in the processor's sight.
macro_rules! multiply {
    ($(#[$attribute:meta])* $name:ident, $instruction:literal) => {
        $(#[$attribute])*
        ///
        /// Of 32 rows the lower 16 are left alone where `n_rows` says that they do not matter. `meanwhile` is called after every step.
        ///
        /// # Safety
        ///
        /// All memory that the product names exists.
        #[inline(always)]
        pub(super) unsafe fn $name(&self, product: Product, n_rows: usize, mut meanwhile: impl FnMut(usize)) {
            let Product { left_stride, output_stride, .. } = product;
            // SAFETY: by the caller; tiles are set up while `self` lives. Nothing but these blocks touches them, so that they keep
            // their numbers from one to the next.
            unsafe {
                asm!("tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3", options(nostack));
                for step in 0..product.n_steps {
                    let left = product.left.add(ROW_N_BYTES * step);
                    let right = product.right.add(TILE_N_BYTES * step);
                    asm!(
                        "tileloadd tmm4, [{left} + {left_stride}]",
                        "tileloadd tmm6, [{right} + {right_stride}]",
                        concat!($instruction, " tmm0, tmm4, tmm6"),
                        "tileloadd tmm7, [{second} + {right_stride}]",
                        concat!($instruction, " tmm1, tmm4, tmm7"),
                        left = in(reg) left,
                        left_stride = in(reg) left_stride,
                        right = in(reg) right,
                        second = in(reg) right.add(product.right_next),
                        right_stride = in(reg) ROW_N_BYTES,
                        options(nostack),
                    );
                    if n_rows > ROWS {
                        asm!(
                            "tileloadd tmm5, [{lower} + {left_stride}]",
                            concat!($instruction, " tmm2, tmm5, tmm6"),
                            concat!($instruction, " tmm3, tmm5, tmm7"),
                            lower = in(reg) left.add(ROWS * left_stride),
                            left_stride = in(reg) left_stride,
                            options(nostack),
                        );
                    }
                    meanwhile(step);
                }
                asm!(
                    "tilestored [{output} + {output_stride}], tmm0",
                    "tilestored [{output} + {output_stride} + 64], tmm1",
                    output = in(reg) product.output,
                    output_stride = in(reg) output_stride,
                    options(nostack),
                );
                if n_rows > ROWS {
                    asm!(
                        "tilestored [{output} + {output_stride}], tmm2",
                        "tilestored [{output} + {output_stride} + 64], tmm3",
                        output = in(reg) product.output.add(ROWS * output_stride),
                        output_stride = in(reg) output_stride,
                        options(nostack),
                    );
                }
            }
        }
    };
}

impl Tiles {
    multiply!(
        /// Multiplies unsigned by signed bytes, four to a sum.
        multiply_int8,
        "tdpbusd"
    );
    multiply!(
        /// Multiplies bfloat16 numbers, two to a sum in single precision.
        multiply_bf16,
        "tdpbf16ps"
    );
}
