//! The tools an application offers and which of them the model may take.

use serde_json::{Value, json};

use super::wire;
use crate::canonical::{Tool, ToolChoice};
use crate::front::FrontError;
use crate::front::reading::{at, required};

pub(super) fn tools(list: Vec<wire::Tool>) -> Result<Vec<Tool>, FrontError> {
    list.into_iter().enumerate().map(|(place, tool)| self::tool(place, tool)).collect()
}

fn tool(place: usize, tool: wire::Tool) -> Result<Tool, FrontError> {
    if tool.kind != "function" {
        let path = format!("tools[{place}].type");
        return Err(at(&path, "must be `function`; other kinds of tools are not served"));
    }
    let function = required(tool.function, || format!("tools[{place}].function"))?;
    let parameters = function
        .parameters
        .map_or_else(|| json!({"type": "object", "properties": {}}), Value::Object);
    Ok(Tool {
        name: function.name,
        description: function.description,
        parameters,
        strict: function.strict,
        cache: None,
    })
}

pub(super) fn choice(choice: Option<wire::ToolChoice>) -> Result<ToolChoice, FrontError> {
    match choice {
        None => Ok(ToolChoice::Auto),
        Some(wire::ToolChoice::Word(word)) => match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" => Ok(ToolChoice::Required),
            _ => Err(at("tool_choice", "must be `auto`, `none`, `required` or a function")),
        },
        Some(wire::ToolChoice::Object(object)) => {
            if object.kind.as_deref().is_some_and(|kind| kind != "function") {
                return Err(at("tool_choice.type", "must be `function`"));
            }
            let function = required(object.function, || "tool_choice.function".into())?;
            Ok(ToolChoice::Named(function.name))
        }
    }
}
