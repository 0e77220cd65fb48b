//! One head of attention, for sets that pack its queries, keys and values before they multiply them.

use super::Attention;

/// Scores of tokens that are not there: nothing to the maximum.
pub(super) const ABSENT: f32 = -1e30;

/// Numbers of a product.
pub(super) const F32: u8 = 0;
pub(super) const BF16: u8 = 1;

/// One head of one sequence: pointers to its first token.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) n_tokens: usize,
    pub(super) head_width: usize,
    width: usize,
    projected: *const f32,
    /// What is added to the scores of the first query, or null.
    bias: *const f32,
    output: *mut f32,
}

impl Head {
    /// # Safety
    ///
    /// The head exists, and `output` has a row of all heads per token.
    pub(super) unsafe fn new(attention: &Attention<'_>, output: &mut [f32], head: usize) -> Head {
        let start = head * attention.head_width;
        // SAFETY: by the caller.
        unsafe {
            Head {
                n_tokens: attention.n_tokens,
                head_width: attention.head_width,
                width: attention.width(),
                projected: attention.projected.as_ptr().add(start),
                bias: attention.bias.map_or(std::ptr::null(), |bias| {
                    bias.values.as_ptr().add(bias.start(head, 0))
                }),
                output: output.as_mut_ptr().add(start),
            }
        }
    }

    pub(super) unsafe fn query(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add(3 * token * self.width) }
    }

    pub(super) unsafe fn key(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add((3 * token + 1) * self.width) }
    }

    pub(super) unsafe fn value(&self, token: usize) -> *const f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.projected.add((3 * token + 2) * self.width) }
    }

    pub(super) unsafe fn output(&self, token: usize) -> *mut f32 {
        // SAFETY: by the caller, the token exists.
        unsafe { self.output.add(token * self.width) }
    }

    /// What is added to the scores of `query` and every token, or null.
    pub(super) unsafe fn bias(&self, query: usize) -> *const f32 {
        if self.bias.is_null() {
            return self.bias;
        }
        // SAFETY: by the caller, the token exists, so that many distances lie before that of nothing.
        unsafe { self.bias.sub(query) }
    }
}
