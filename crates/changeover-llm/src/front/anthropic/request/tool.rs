//! The tools an application offers and which of them the model may take.

use serde_json::Value;

use super::wire::{self, ToolChoiceKind};
use crate::canonical::{Tool, ToolChoice};
use crate::front::FrontError;
use crate::front::reading::{at, required};
use crate::losses::{Feature, FeatureSet};

pub(super) fn tools(
    list: Vec<wire::Tool>,
    dropped: &mut FeatureSet,
) -> Result<Vec<Tool>, FrontError> {
    list.into_iter().enumerate().map(|(place, tool)| self::tool(place, tool, dropped)).collect()
}

fn tool(place: usize, tool: wire::Tool, dropped: &mut FeatureSet) -> Result<Tool, FrontError> {
    if tool.kind.as_deref().is_some_and(|kind| kind != "custom") {
        let path = format!("tools[{place}].type");
        return Err(at(&path, "must be `custom`; the vendor's own tools are not served"));
    }
    let has_options = tool.allowed_callers.is_some()
        || tool.defer_loading.is_some()
        || tool.eager_input_streaming.is_some()
        || tool.input_examples.is_some();
    dropped.insert_if(Feature::ToolOptions, has_options);
    let schema = required(tool.input_schema, || format!("tools[{place}].input_schema"))?;
    Ok(Tool {
        name: required(tool.name, || format!("tools[{place}].name"))?,
        description: tool.description,
        parameters: Value::Object(schema),
        strict: tool.strict,
        cache: tool.cache_control.map(wire::CacheControl::mark),
    })
}

/// The choice, and whether several tools may be asked for at once.
pub(super) fn choice(
    choice: Option<wire::ToolChoice>,
) -> Result<(ToolChoice, Option<bool>), FrontError> {
    let Some(choice) = choice else {
        return Ok((ToolChoice::Auto, None));
    };
    let chosen = match choice.kind {
        ToolChoiceKind::Auto => ToolChoice::Auto,
        ToolChoiceKind::Any => ToolChoice::Required,
        ToolChoiceKind::None => ToolChoice::None,
        ToolChoiceKind::Tool => {
            ToolChoice::Named(required(choice.name, || "tool_choice.name".into())?)
        }
    };
    Ok((chosen, choice.disable_parallel_tool_use.map(|disabled| !disabled)))
}
