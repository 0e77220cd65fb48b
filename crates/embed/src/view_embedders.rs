//! The embedders of both views.

use domain::View;

use crate::Embedder;

/// The embedders of both views; one embedder may serve both.
pub struct ViewEmbedders {
    all: Vec<Box<dyn Embedder>>,
    text: usize,
}

impl ViewEmbedders {
    /// Embeds both views by one embedder.
    pub fn shared(embedder: Box<dyn Embedder>) -> ViewEmbedders {
        ViewEmbedders {
            all: vec![embedder],
            text: 0,
        }
    }

    /// Embeds each view by its own embedder.
    pub fn separate(code: Box<dyn Embedder>, text: Box<dyn Embedder>) -> ViewEmbedders {
        ViewEmbedders {
            all: vec![code, text],
            text: 1,
        }
    }

    /// Returns the place in [`ViewEmbedders::all`] of the embedder of `view`.
    pub fn index_of(&self, view: View) -> usize {
        match view {
            View::Code => 0,
            View::Text => self.text,
        }
    }

    /// Returns every embedder once.
    pub fn all(&self) -> &[Box<dyn Embedder>] {
        &self.all
    }

    /// Returns every embedder once, to embed by.
    pub fn all_mut(&mut self) -> &mut [Box<dyn Embedder>] {
        &mut self.all
    }

    /// Returns the embedder of `view`.
    pub fn of(&self, view: View) -> &dyn Embedder {
        self.all[self.index_of(view)].as_ref()
    }

    /// Returns the largest input, in tokens, that every embedder takes whole.
    pub fn max_input_tokens(&self) -> usize {
        self.all
            .iter()
            .map(|embedder| embedder.max_input_tokens())
            .min()
            .unwrap_or(0)
    }
}
