//! The settings in force.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::layout::View;
use super::{framed, shown};
use crate::refusal::Refusal;
use crate::serve::Shared;

pub(super) async fn page(State(service): Shared) -> Response {
    framed(&service, View::Settings, None, |queries, _| {
        let settings = queries.project().settings().in_force();
        Ok::<Markup, Refusal>(html! {
            h1 { "Settings in force" }
            p .quiet {
                "As this server was started. Flags come before the environment, that before " code { "mnemo.toml" } "; a tree can only narrow. "
                code { "mnemo doctor" } " checks whether they work."
            }
            div .scrolls tabindex="0" role="region" aria-label="Settings" {
                table {
                    thead { tr { th { "Setting" } th { "Value" } th { "From" } } }
                    tbody {
                        @for setting in &settings {
                            tr { th scope="row" { code { (setting.name) } } td { (shown(&setting.value)) } td .quiet { (shown(&setting.provenance.to_string())) } }
                        }
                    }
                }
            }
        })
    })
    .await
}
