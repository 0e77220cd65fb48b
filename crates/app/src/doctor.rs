//! `doctor`: what is in force and whether it works.

use crate::embedding::{embedding_setup, present_embedding_setup, service};
use crate::project::Project;
use crate::sandbox::enforcing;
use crate::settings::EmbeddingMode;

/// Whether something works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// It does.
    Good,
    /// It does, but a person should know something.
    Remark,
    /// It does not.
    Bad,
}

/// One line of the checks.
#[derive(Clone, Debug)]
pub struct Check {
    /// What was looked at.
    pub subject: &'static str,
    /// What was found, in words.
    pub detail: String,
    /// Whether it works.
    pub finding: Finding,
}

impl Project {
    /// Tries what a run needs.
    pub fn examine(&self) -> Vec<Check> {
        let mut checks = vec![
            self.examine_machine(),
            self.examine_sandbox(),
            self.examine_database(),
            self.examine_model(),
        ];
        checks.extend(index::Tier::ALL.into_iter().map(languages));
        checks
    }

    fn examine_machine(&self) -> Check {
        let detail = format!(
            "{} cores and {} MiB of memory granted, {}",
            index::granted_cores(),
            index::granted_memory_bytes() >> 20,
            embed::InstructionSet::detect().as_str(),
        );
        Check {
            subject: "machine",
            detail,
            finding: Finding::Good,
        }
    }

    fn examine_sandbox(&self) -> Check {
        let (detail, finding) = match self.sandbox_remark() {
            None => (
                format!(
                    "workers reach the tree, the database and the model, and nothing else ({})",
                    enforcing()
                ),
                Finding::Good,
            ),
            Some(remark) => (remark, Finding::Remark),
        };
        Check {
            subject: "sandbox",
            detail,
            finding,
        }
    }

    fn examine_database(&self) -> Check {
        let location = &self.settings().database.value;
        let (detail, finding) = match self.open_to_read().and_then(|store| store.repositories()) {
            Ok(repositories) => (
                format!("{location} opens, {} repositories", repositories.len()),
                Finding::Good,
            ),
            Err(store::StoreError::NotFound { .. }) => (
                format!("{location} does not exist yet; the first `mnemo index` makes it"),
                Finding::Remark,
            ),
            Err(error) => (domain::one_line(&error), Finding::Bad),
        };
        Check {
            subject: "database",
            detail,
            finding,
        }
    }

    fn examine_service(&self) -> Check {
        let (detail, finding) = match service::probe(self.settings()) {
            Ok(Some(service)) => (
                format!(
                    "{} gives vectors of {}",
                    service.address(),
                    service.model_id()
                ),
                Finding::Good,
            ),
            Ok(None) => ("no service is set".to_owned(), Finding::Remark),
            Err(error) => (domain::one_line(&error), Finding::Bad),
        };
        Check {
            subject: "embedder",
            detail,
            finding,
        }
    }

    fn examine_model(&self) -> Check {
        if self.settings().embedder.value.is_some()
            && self.settings().embeddings.value == EmbeddingMode::Real
        {
            return self.examine_service();
        }
        let (detail, finding) = match present_embedding_setup(self.settings()) {
            Ok(None) if self.settings().embeddings.value == EmbeddingMode::None => {
                ("embeddings are off".to_owned(), Finding::Remark)
            }
            Ok(None) => (
                "not here yet; the first `mnemo index` or `mnemo model pull` brings it".to_owned(),
                Finding::Remark,
            ),
            Ok(Some(_)) => match embedding_setup(self.settings(), &mut |_| {})
                .and_then(|setup| setup.facts())
            {
                Ok(facts) => (format!("{} works", facts.token_counter), Finding::Good),
                Err(error) => (error.to_string(), Finding::Bad),
            },
            Err(error) => (error.to_string(), Finding::Bad),
        };
        Check {
            subject: "model",
            detail,
            finding,
        }
    }
}
/// Says which languages are read this far.
fn languages(tier: index::Tier) -> Check {
    let read = domain::Language::ALL.iter();
    let read = read.filter(|language| index::tier_of(**language) == Some(tier));
    let names: Vec<&str> = read.map(|language| language.as_str()).collect();
    Check {
        subject: tier.as_str(),
        finding: match names.is_empty() {
            true => Finding::Remark,
            false => Finding::Good,
        },
        detail: match names.is_empty() {
            true => "no language; this program was built without".to_owned(),
            false => names.join(", "),
        },
    }
}
