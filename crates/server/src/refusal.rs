//! Why a question is not answered, in the words of every door.

use app::AppError;

/// Why a question is not answered; returned to whoever asked, so that they can do better.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The arguments are wrong.
    Arguments(String),
    /// The index cannot answer.
    App(Box<AppError>),
    /// What was answering died of it.
    Died,
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Refusal {
        Refusal::App(Box::new(error))
    }
}

impl Refusal {
    /// Returns what is wrong, with all that led to it.
    pub(crate) fn text(&self) -> String {
        match self {
            Refusal::Arguments(text) => text.clone(),
            Refusal::App(error) => chain(error.as_ref()),
            Refusal::Died => "the thread that asks the index died of this question".to_owned(),
        }
    }

    /// Returns definitions that a name could have meant, by addresses that mean no other.
    pub(crate) fn candidates(&self) -> Vec<String> {
        match self {
            Refusal::App(error) => {
                let candidates = error.candidates().iter();
                candidates.map(|symbol| symbol.address()).collect()
            }
            Refusal::Arguments(_) | Refusal::Died => Vec::new(),
        }
    }

    /// Returns what a person can do about it.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        match self {
            Refusal::App(error) => error.advice().map(|advice| advice.0),
            Refusal::Arguments(_) | Refusal::Died => None,
        }
    }
}

/// Returns an error with all that led to it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
