//! The protocol's side: who we are, which tools there are, and how a call becomes an answer.

use app::Freshness;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    InitializeResult, JsonObject, ListToolsResult, PaginatedRequestParams, ServerCapabilities,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::Value;

use crate::fresh::{self, Keeper};
use crate::mcp::answer::refused;
use crate::mcp::tools::{self, Tool};
use crate::query_service::QueryServices;
use crate::{Indexing, ServerSettings};

/// Shown to the model by clients that do so.
const INSTRUCTIONS: &str = "Answers questions about indexed code. `search` finds code by words and meaning: ask in a sentence, or give a \
name, an error message or a line of a stack trace. `explore` explains how something works, with the flow and the sources. `context` shows a definition with its callers and callees. `impact` shows what a change \
may break and which tests to run, `diff_impact` what your uncommitted changes may. `outline` lists what a file or folder defines. Paths are relative to the repository's root. \
What changed since it was indexed is marked: read such a file itself.";

/// Answers one client.
#[derive(Clone)]
pub(crate) struct Handler {
    query_services: QueryServices,
    settings: ServerSettings,
    keeper: Option<Keeper>,
}

impl Handler {
    pub(crate) fn new(settings: &ServerSettings, query_services: QueryServices) -> Handler {
        Handler {
            query_services,
            settings: settings.clone(),
            keeper: None,
        }
    }

    /// Lets answers say how far the index is behind, which `keeper` brings up to date.
    pub(crate) fn kept_by(self, keeper: Option<Keeper>) -> Handler {
        Handler { keeper, ..self }
    }

    fn tools(&self) -> impl Iterator<Item = Tool> {
        let may_index = self.settings.indexing == Indexing::Allowed;
        Tool::ALL
            .iter()
            .copied()
            .filter(move |tool| may_index || *tool != Tool::Index)
    }

    async fn answer(
        &self,
        tool: Tool,
        arguments: JsonObject,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if tool == Tool::Index {
            return tools::index::answer(&self.settings, arguments, context).await;
        }
        let freshness = match &self.keeper {
            Some(keeper) => Some(keeper.up_to_date().await),
            None => None,
        };
        let answer = self
            .query_services
            .ask(move |queries| tool.answer(queries, arguments));
        let mut result = match answer.await {
            Some(Ok(answer)) => answer.into_result(),
            Some(Err(refusal)) => refused(&refusal),
            None => {
                let text = "the thread that asks the index is gone";
                return Err(ErrorData::internal_error(text, None));
            }
        };
        if let Some(freshness) = freshness {
            say_how_fresh(&mut result, &freshness);
        }
        Ok(result.into())
    }
}

/// Adds to an answer how far the index is behind the tree.
fn say_how_fresh(result: &mut CallToolResult, freshness: &Freshness) {
    if let Some(remark) = fresh::remark(freshness) {
        let remark = domain::shown_in_line(&remark).into_owned();
        result.content.push(ContentBlock::text(remark));
    }
    if let Some(Value::Object(data)) = &mut result.structured_content {
        data.insert("freshness".to_owned(), fresh::data(freshness));
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> InitializeResult {
        let capabilities = ServerCapabilities::builder().enable_tools().build();
        InitializeResult::new(capabilities)
            .with_server_info(Implementation::new("mnemo", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(
            self.tools().map(Tool::describe).collect(),
        ))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools().find(|tool| tool.name() == request.name) else {
            let known: Vec<&str> = self.tools().map(Tool::name).collect();
            let text = format!(
                "there is no tool {:?}; there are {}",
                request.name,
                known.join(", ")
            );
            return Err(ErrorData::invalid_params(text, None));
        };
        let arguments = request.arguments.unwrap_or_default();
        tokio::select! {
            answer = self.answer(tool, arguments, &context) => answer,
            () = context.ct.cancelled() => Err(ErrorData::internal_error("cancelled", None)),
        }
    }
}
