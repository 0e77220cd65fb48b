//! What stands around every view.

use app::Editor;
use maud::{Markup, html};

use super::{links, shown};
use crate::query_service::QueryService;

/// Repositories in the list to choose from; more are found on the overview.
const MAX_CHOICES: usize = 50;

/// A view of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Overview,
    Search,
    Map,
    Hotspots,
    Path,
    Changes,
    Runs,
    Problems,
    Evaluation,
    Settings,
    /// None of those in the menu.
    Other,
    /// A page of its own, in a file.
    Alone,
}

/// Views in the menu, with the paths of their addresses.
const MENU: &[(View, &str, &str)] = &[
    (View::Overview, "Overview", "/"),
    (View::Search, "Search", "/search"),
    (View::Map, "Map", "/map"),
    (View::Hotspots, "Hotspots", "/hotspots"),
    (View::Path, "Ways", "/path"),
    (View::Changes, "Changes", "/changes"),
    (View::Runs, "Runs", "/runs"),
    (View::Problems, "Problems", "/problems"),
    (View::Evaluation, "Evaluation", "/evaluation"),
    (View::Settings, "Settings", "/settings"),
];

/// What is known before a view is made.
pub(super) struct Frame {
    view: View,
    /// The repository that the address names.
    pub(super) repository: Option<String>,
    /// The names of all.
    pub(super) repositories: Vec<String>,
    /// What stands in the field of the search.
    pub(super) query: String,
    pub(super) title: String,
    editor: Editor,
}

impl Frame {
    /// Reads what the frame needs. Without an index there are no repositories, and the view says why.
    pub(super) fn read(
        queries: &mut QueryService<'_>,
        view: View,
        repository: Option<String>,
    ) -> Frame {
        let known = queries.reader().and_then(|reader| reader.repositories());
        let names = known.unwrap_or_default().into_iter();
        let title = MENU.iter().find(|(known, ..)| *known == view);
        Frame {
            view,
            repository: repository.filter(|name| !name.is_empty()),
            repositories: names
                .map(|(_, coverage)| coverage.repository.to_string())
                .collect(),
            query: String::new(),
            title: title.map_or("", |(_, title, _)| title).to_owned(),
            editor: queries.project().settings().editor.value,
        }
    }

    /// Returns the address of a view of the same repository; none in a page that stands alone.
    pub(super) fn to(&self, path: &str, parameters: &[(&str, Option<&str>)]) -> Option<String> {
        let mut all = vec![("repository", self.repository.as_deref())];
        all.extend(parameters);
        (self.view != View::Alone).then(|| links::to(path, &all))
    }

    /// Returns a link that opens a line of a file in the person's editor, where they said which.
    pub(super) fn in_editor(&self, root: &str, path: &str, line: u32) -> Markup {
        let address = links::editor(self.editor, root, path, line);
        html! {
            @if let Some(address) = address {
                a .button href=(address) { "Open in " (links::editor_name(self.editor)) }
            }
        }
    }

    /// Returns the frame of a page that stands alone, without a server behind it.
    pub(super) fn alone(title: &str) -> Frame {
        Frame {
            view: View::Alone,
            repository: None,
            repositories: Vec::new(),
            query: String::new(),
            title: title.to_owned(),
            editor: Editor::None,
        }
    }

    /// Returns a whole page.
    pub(super) fn around(&self, body: &Markup) -> Markup {
        html! {
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (shown(&self.title)) " · mnemo" }
                    link rel="icon" href=(asset("icon.svg")) type="image/svg+xml";
                    link rel="stylesheet" href=(asset("page.css"));
                    script src=(asset("page.js")) defer {}
                }
                body {
                    a .skip href="#main" { "Skip to content" }
                    (self.head())
                    main id="main" tabindex="-1" { (body) }
                }
            }
        }
    }

    fn head(&self) -> Markup {
        html! {
            header .top {
                a .brand href="/" { span .mark aria-hidden="true" {} "mnemo" }
                form .find action="/search" role="search" {
                    @if let Some(repository) = &self.repository {
                        input type="hidden" name="repository" value=(repository);
                    }
                    label .unseen for="q" { "Search" }
                    input id="q" type="search" name="q" value=(self.query) placeholder="Search code by words or meaning"
                        autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="2000" aria-keyshortcuts="/";
                    kbd aria-hidden="true" { "/" }
                }
                @if self.repositories.len() > 1 || self.repository.is_some() { (self.choice()) }
                nav aria-label="Views" {
                    ul {
                        @for (view, title, path) in MENU {
                            li {
                                a href=[self.to(path, &[])] aria-current=[(*view == self.view).then_some("page")] { (title) }
                            }
                        }
                    }
                }
            }
        }
    }

    fn choice(&self) -> Markup {
        let path = MENU.iter().find(|(view, ..)| *view == self.view);
        let path = path.map_or("/", |(_, _, path)| path);
        html! {
            form .choice action=(path) {
                label .unseen for="repository" { "Repository" }
                select id="repository" name="repository" data-submits {
                    option value="" { "Choose a repository" }
                    @for name in self.repositories.iter().take(MAX_CHOICES) {
                        option value=(name) selected[self.repository.as_ref() == Some(name)] { (shown(name)) }
                    }
                }
                button .plain type="submit" { "Go" }
            }
        }
    }
}

/// Returns the address of a file of the page's own, which changes with its content.
fn asset(name: &str) -> String {
    let text = super::ASSETS.iter().find(|(known, ..)| *known == name);
    let text = text.map_or("", |(_, _, text)| text);
    let hash = blake3::hash(text.as_bytes()).to_hex();
    format!("/assets/{name}?{}", &hash[..12])
}
