//! What a score is made of, as numbers: few, and measured one by one (`docs/notes/search-ablation.md`).

/// A feature of the ranking, to be left out when its worth is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// BM25 over words.
    Words,
    /// Likeness to the code view.
    Code,
    /// Likeness to the text view.
    Text,
    /// Words of the question in the chunk's name.
    Name,
    /// Being the definition of an identifier that the question spells out.
    Named,
    /// Holding the text that the question is.
    Message,
    /// Tests lower.
    Tests,
    /// Chunks that define nothing lower.
    Kind,
    /// Declarations without code lower.
    Declarations,
    /// Samples and scripts lower.
    Samples,
    /// Generated files lower.
    Generated,
    /// Documents and configuration lower.
    Documents,
    /// What much depends on, higher.
    Dependents,
}

impl Feature {
    /// Every feature with its word.
    pub const ALL: &'static [(Feature, &'static str)] = &[
        (Feature::Words, "words"),
        (Feature::Code, "code"),
        (Feature::Text, "text"),
        (Feature::Name, "name"),
        (Feature::Named, "named"),
        (Feature::Message, "message"),
        (Feature::Tests, "tests"),
        (Feature::Kind, "kind"),
        (Feature::Declarations, "declarations"),
        (Feature::Samples, "samples"),
        (Feature::Generated, "generated"),
        (Feature::Documents, "documents"),
        (Feature::Dependents, "dependents"),
    ];

    /// Returns the feature of a word.
    pub fn from_word(word: &str) -> Option<Feature> {
        let all = Feature::ALL.iter();
        all.copied()
            .find(|(_, known)| *known == word)
            .map(|(feature, _)| feature)
    }
}

/// The weights of the features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Weight of BM25, as a share of the best chunk's.
    pub words: f64,
    /// Weight of the cosine to the code view.
    pub code: f64,
    /// Weight of the cosine to the text view.
    pub text: f64,
    /// What a name that the question says whole adds, as a factor.
    pub name: f64,
    /// What the definition of a spelled name adds, in units of the weights above.
    pub named: f64,
    /// What holding the whole text of the question adds, in the same units.
    pub message: f64,
    /// Factor of a test that was not asked for.
    pub test: f64,
    /// Factor of a chunk that defines nothing.
    pub nothing_defined: f64,
    /// Factor of a declaration without code that was not asked for.
    pub declaration: f64,
    /// Factor of a sample, a script or a tool's configuration that was not asked for.
    pub sample: f64,
    /// Factor of a file that a program wrote and that was not asked for.
    pub generated: f64,
    /// Factor of a part of a document or a configuration that was not asked for.
    pub document: f64,
    /// What each e-fold of dependents adds, as a factor.
    pub dependents: f64,
}

impl Default for Weights {
    fn default() -> Weights {
        Weights {
            words: 0.5,
            code: 1.25,
            text: 0.75,
            name: 0.1,
            named: 0.4,
            message: 1.0,
            test: 0.6,
            nothing_defined: 0.9,
            declaration: 0.9,
            sample: 0.7,
            generated: 0.8,
            document: 0.6,
            dependents: 0.02,
        }
    }
}

impl Weights {
    /// Returns the weights with one feature left out.
    #[must_use]
    pub fn without(self, feature: Feature) -> Weights {
        match feature {
            Feature::Words => Weights { words: 0.0, ..self },
            Feature::Code => Weights { code: 0.0, ..self },
            Feature::Text => Weights { text: 0.0, ..self },
            Feature::Name => Weights { name: 0.0, ..self },
            Feature::Named => Weights { named: 0.0, ..self },
            Feature::Message => Weights {
                message: 0.0,
                ..self
            },
            Feature::Tests => Weights { test: 1.0, ..self },
            Feature::Kind => Weights {
                nothing_defined: 1.0,
                ..self
            },
            Feature::Declarations => Weights {
                declaration: 1.0,
                ..self
            },
            Feature::Samples => Weights {
                sample: 1.0,
                ..self
            },
            Feature::Generated => Weights {
                generated: 1.0,
                ..self
            },
            Feature::Documents => Weights {
                document: 1.0,
                ..self
            },
            Feature::Dependents => Weights {
                dependents: 0.0,
                ..self
            },
        }
    }
}
