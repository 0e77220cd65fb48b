//! Sixteen floats in as many registers as a set needs for them, and what the kernels compute of them.
//!
//! A set brings one [`Register`]; whatever works on [`Vector`]s is written once. All of it is inlined always, since only within a
//! function that has the set enabled do the instructions of a register become what they are.

use super::{EXP2, EXP2_MIN, Epilogue, GELU, GELU_REACH, portable};

/// Floats of a vector.
pub(super) const WIDTH: usize = 16;

/// A register of floats. Only the functions that make one are unsafe: who has one has the set.
pub(super) trait Register: Copy {
    /// Floats of one register.
    const LANES: usize;

    /// # Safety
    ///
    /// The processor has the set.
    unsafe fn splat(value: f32) -> Self;
    /// # Safety
    ///
    /// The processor has the set, and a register of floats lies there.
    unsafe fn load(at: *const f32) -> Self;
    /// # Safety
    ///
    /// There is room for a register of floats.
    unsafe fn store(self, at: *mut f32);
    /// Asks for numbers that are loaded later; there need be none.
    #[inline(always)]
    fn prefetch(_at: *const f32) {}
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    fn divide(self, other: Self) -> Self;
    /// Returns `self * factor + term`, rounded once.
    fn multiply_add(self, factor: Self, term: Self) -> Self;
    /// Returns the larger; `other` where that is not a number.
    fn larger(self, other: Self) -> Self;
    /// Returns the smaller; `other` where that is not a number.
    fn smaller(self, other: Self) -> Self;
    /// Rounds to the nearest integers, ties to even.
    fn round(self) -> Self;
    /// Rounds to the nearest bfloat16, ties to even.
    fn round_bf16(self) -> Self;
    /// Returns `self * 2^power` for integers that the product's exponent has room for.
    fn scale(self, power: Self) -> Self;
}

/// [`WIDTH`] floats in N registers.
#[derive(Clone, Copy)]
pub(super) struct Vector<R, const N: usize>([R; N]);

/// Defines functions that do to every register what the register's function of that name does.
macro_rules! each {
    ($($name:ident($($other:ident),*);)*) => {
        $(
            #[inline(always)]
            pub(super) fn $name(mut self $(, $other: Self)*) -> Self {
                for index in 0..N {
                    self.0[index] = self.0[index].$name($($other.0[index]),*);
                }
                self
            }
        )*
    };
}

impl<R: Register, const N: usize> Vector<R, N> {
    /// # Safety
    ///
    /// The processor has the set.
    #[inline(always)]
    pub(super) unsafe fn splat(value: f32) -> Self {
        // SAFETY: by the caller.
        Vector([unsafe { R::splat(value) }; N])
    }

    /// # Safety
    ///
    /// The processor has the set, and a vector of floats lies there.
    #[inline(always)]
    pub(super) unsafe fn load(at: *const f32) -> Self {
        const { assert!(N * R::LANES == WIDTH) };
        // SAFETY: by the caller.
        unsafe {
            let mut registers = [R::load(at); N];
            for (index, register) in registers.iter_mut().enumerate().skip(1) {
                *register = R::load(at.add(R::LANES * index));
            }
            Vector(registers)
        }
    }

    /// # Safety
    ///
    /// There is room for a vector of floats.
    #[inline(always)]
    pub(super) unsafe fn store(self, at: *mut f32) {
        for (index, register) in self.0.into_iter().enumerate() {
            // SAFETY: by the caller.
            unsafe { register.store(at.add(R::LANES * index)) }
        }
    }

    each! {
        add(other);
        subtract(other);
        multiply(other);
        divide(other);
        multiply_add(factor, term);
        larger(other);
        smaller(other);
        round();
        round_bf16();
        scale(power);
    }

    /// Folds halves until one float is left.
    #[inline(always)]
    pub(super) fn fold(self, fold: impl Fn(f32, f32) -> f32) -> f32 {
        let mut lanes = [0.0; WIDTH];
        // SAFETY: the array has the room.
        unsafe { self.store(lanes.as_mut_ptr()) }
        portable::fold_lanes(lanes, fold)
    }

    /// Returns the same number everywhere.
    #[inline(always)]
    fn constant(self, value: f32) -> Self {
        // SAFETY: who has a vector has the set.
        unsafe { Vector::splat(value) }
    }

    /// Returns the polynomial of these coefficients, highest power first.
    #[inline(always)]
    fn polynomial(self, coefficients: &[f32]) -> Self {
        let mut sum = self.constant(coefficients[0]);
        for coefficient in &coefficients[1..] {
            sum = sum.multiply_add(self, self.constant(*coefficient));
        }
        sum
    }

    #[inline(always)]
    pub(super) fn exp2(self) -> Self {
        let power = self.constant(EXP2_MIN).larger(self);
        let whole = power.round();
        power.subtract(whole).polynomial(&EXP2).scale(whole)
    }

    #[inline(always)]
    fn gelu(self) -> Self {
        let near = self.smaller(self.constant(GELU_REACH));
        let near = near.larger(self.constant(-GELU_REACH));
        let scaled = near.multiply(self.constant(2.0 / (GELU_REACH * GELU_REACH)));
        let square = scaled.multiply_add(near, self.constant(-1.0));
        let share = square
            .polynomial(&GELU)
            .multiply_add(near, self.constant(0.5));
        self.multiply(share)
    }

    #[inline(always)]
    fn silu(self) -> Self {
        let power = self.multiply(self.constant(std::f32::consts::LOG2_E));
        // A lower power would overflow once turned, and the quotient is next to nothing by then.
        let power = self.constant(EXP2_MIN).larger(power);
        let turned = self.constant(0.0).subtract(power);
        self.divide(turned.exp2().add(self.constant(1.0)))
    }

    /// Does to the sums of a linear layer what `epilogue` says.
    ///
    /// # Safety
    ///
    /// A vector of the layer's output lies there.
    #[inline(always)]
    pub(super) unsafe fn finish(self, epilogue: Epilogue, output: *mut f32) {
        // SAFETY: by the caller.
        unsafe {
            let finished = match epilogue {
                Epilogue::Store => self,
                Epilogue::Gelu => self.gelu(),
                Epilogue::Silu => self.silu(),
                Epilogue::Relu => self.constant(0.0).larger(self),
                Epilogue::Add => self.add(Vector::load(output)),
                Epilogue::Multiply => self.multiply(Vector::load(output)),
            };
            finished.store(output);
        }
    }
}
