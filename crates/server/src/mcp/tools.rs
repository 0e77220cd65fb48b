//! The tools: few, each with flat arguments and an answer that is short by default.

mod context;
mod diff_impact;
mod explore;
mod impact;
pub(crate) mod index;
mod outline;
mod search;
mod status;

use std::sync::Arc;

use rmcp::model::{JsonObject, ToolAnnotations};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::mcp::answer::Answer;
use crate::query_service::QueryService;
use crate::refusal::Refusal;

/// A tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Search,
    Explore,
    Context,
    Impact,
    DiffImpact,
    Outline,
    Status,
    Index,
}

impl Tool {
    pub(crate) const ALL: &'static [Tool] = &[
        Tool::Search,
        Tool::Explore,
        Tool::Context,
        Tool::Impact,
        Tool::DiffImpact,
        Tool::Outline,
        Tool::Status,
        Tool::Index,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool::Search => "search",
            Tool::Explore => "explore",
            Tool::Context => "context",
            Tool::Impact => "impact",
            Tool::DiffImpact => "diff_impact",
            Tool::Outline => "outline",
            Tool::Status => "status",
            Tool::Index => "index",
        }
    }

    fn description(self) -> &'static Description {
        match self {
            Tool::Search => &search::DESCRIPTION,
            Tool::Explore => &explore::DESCRIPTION,
            Tool::Context => &context::DESCRIPTION,
            Tool::Impact => &impact::DESCRIPTION,
            Tool::DiffImpact => &diff_impact::DESCRIPTION,
            Tool::Outline => &outline::DESCRIPTION,
            Tool::Status => &status::DESCRIPTION,
            Tool::Index => &index::DESCRIPTION,
        }
    }

    /// Returns the schemas of the arguments by their names.
    fn properties(self) -> Value {
        match self {
            Tool::Search => search::properties(),
            Tool::Explore => explore::properties(),
            Tool::Context => context::properties(),
            Tool::Impact => impact::properties(),
            Tool::DiffImpact => diff_impact::properties(),
            Tool::Outline => outline::properties(),
            Tool::Status => json!({}),
            Tool::Index => index::properties(),
        }
    }

    /// Returns the description of the tool for clients.
    pub(crate) fn describe(self) -> rmcp::model::Tool {
        let description = self.description();
        let schema = json!({
            "type": "object",
            "properties": self.properties(),
            "required": description.required,
            "additionalProperties": false,
        });
        let Value::Object(schema) = schema else {
            unreachable!("an object was just made");
        };
        let reads = self != Tool::Index;
        let annotations = ToolAnnotations::new()
            .read_only(reads)
            .destructive(false)
            .idempotent(true)
            .open_world(false);
        rmcp::model::Tool::new(self.name(), description.text, schema)
            .with_annotations(annotations)
            .with_raw_output_schema(Arc::new(description.output_schema()))
    }

    /// Answers a call.
    pub(crate) fn answer(
        self,
        queries: &mut QueryService<'_>,
        arguments: JsonObject,
    ) -> Result<Answer, Refusal> {
        let arguments = with_types(&self.properties(), arguments)?;
        match self {
            Tool::Search => {
                let asked: search::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| search::answer(of, &asked))
            }
            Tool::Explore => {
                let asked: explore::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| {
                    explore::answer(of, &asked)
                })
            }
            Tool::Context => {
                let asked: context::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| {
                    context::answer(of, &asked)
                })
            }
            Tool::Impact => {
                let asked: impact::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| impact::answer(of, &asked))
            }
            Tool::DiffImpact => {
                let asked: diff_impact::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| {
                    diff_impact::answer(of, &asked)
                })
            }
            Tool::Outline => {
                let asked: outline::Arguments = parse(arguments)?;
                queries.ask(asked.repository.as_deref(), |of| {
                    outline::answer(of, &asked)
                })
            }
            Tool::Status => status::answer(queries, parse(arguments)?),
            Tool::Index => Err(Refusal::Arguments("index is not answered here".to_owned())),
        }
    }
}

/// What a tool is for, the arguments that must be given, and what comes back.
struct Description {
    text: &'static str,
    required: &'static [&'static str],
    /// Fields of the structured answer: name, type of JSON with a `?` where it may be null, meaning.
    returns: &'static [(&'static str, &'static str, &'static str)],
}

impl Description {
    /// Returns the schema of the structured answer. Clients hold answers to it, so that it promises what every answer has and no more.
    fn output_schema(&self) -> JsonObject {
        let fields = self.returns.iter().map(|(name, kind, meaning)| {
            let field = match kind.ends_with('?') {
                // Not every client takes a list of types.
                true => json!({ "description": meaning }),
                false => json!({ "type": kind, "description": meaning }),
            };
            ((*name).to_owned(), field)
        });
        let names: Vec<&str> = self.returns.iter().map(|(name, ..)| *name).collect();
        let properties = Value::Object(fields.collect());
        let schema = [
            ("type", json!("object")),
            ("properties", properties),
            ("required", json!(names)),
        ];
        schema
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }
}

/// Reads whole numbers as clients write them, as `5`, `5.0` or `"5"`, and refuses an argument of another type than the schema says, by its
/// name; the deserializer would name a type of Rust alone.
fn with_types(properties: &Value, mut arguments: JsonObject) -> Result<JsonObject, Refusal> {
    for (name, value) in arguments.iter_mut().filter(|(_, value)| !value.is_null()) {
        let expected = match properties[name]["type"].as_str() {
            Some("string") if !value.is_string() => "a string",
            Some("boolean") if !value.is_boolean() => "true or false",
            Some("integer") => match whole_number(value) {
                Some(number) => {
                    *value = number.into();
                    continue;
                }
                None => "a whole number of 0 or more",
            },
            _ => continue,
        };
        let text = format!("wrong {name}: expected {expected}, found {value}");
        return Err(Refusal::Arguments(text));
    }
    Ok(arguments)
}

/// Returns the number that a value is: JSON Schema takes `5.0` for an integer, and many clients write numbers as strings.
fn whole_number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            // Larger ones may not be what was written.
            const EXACT_MAX: f64 = (1_u64 << 53) as f64;
            let number = number.as_f64()?;
            let is_whole = number.fract() == 0.0 && (0.0..=EXACT_MAX).contains(&number);
            is_whole.then_some(number as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads arguments; unknown ones are refused by name.
fn parse<T: DeserializeOwned>(arguments: JsonObject) -> Result<T, Refusal> {
    serde_json::from_value(Value::Object(arguments))
        .map_err(|error| Refusal::Arguments(format!("wrong arguments: {error}")))
}

/// The property that every tool but `status` has.
fn repository_property() -> Value {
    json!({"type": "string", "description": "Repository; the one you work in, if not given"})
}

/// Returns where a page begins.
fn offset(cursor: Option<&str>) -> Result<usize, Refusal> {
    let wrong = || {
        Refusal::Arguments("wrong cursor: give the next_cursor of the previous answer".to_owned())
    };
    // Of a size that can be counted on from.
    let read = |text: &str| text.parse::<u32>().map(|offset| offset as usize);
    cursor.map_or(Ok(0), |text| read(text).map_err(|_| wrong()))
}

/// Returns the limit asked for within what an answer may hold.
fn limit(asked: Option<u32>, default: usize, most: usize) -> usize {
    asked.map_or(default, |asked| (asked as usize).clamp(1, most))
}
