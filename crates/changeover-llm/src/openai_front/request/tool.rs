//! The tools an application offers and which of them the model may take.

use serde_json::{Value, json};

use super::fields::Fields;
use crate::canonical::{Tool, ToolChoice};
use crate::openai_front::FrontError;

pub(super) fn tools(fields: &Fields<'_>) -> Result<Vec<Tool>, FrontError> {
    fields
        .list("tools")?
        .unwrap_or_default()
        .iter()
        .enumerate()
        .map(|(at, value)| tool(&Fields::of(value, format!("tools[{at}]"))?))
        .collect()
}

fn tool(fields: &Fields<'_>) -> Result<Tool, FrontError> {
    if fields.required_text("type")? != "function" {
        return Err(fields.error("type", "must be `function`"));
    }
    let function = fields.required_object("function")?;
    let parameters = function.object("parameters")?;
    Ok(Tool {
        name: function.required_text("name")?.to_owned(),
        description: function.text("description")?.map(str::to_owned),
        parameters: parameters.map_or_else(
            || json!({"type": "object", "properties": {}}),
            |parameters| parameters.to_value(),
        ),
    })
}

pub(super) fn tool_choice(fields: &Fields<'_>) -> Result<ToolChoice, FrontError> {
    const ALLOWED: &str = "must be `auto`, `none`, `required` or a function";
    match fields.get("tool_choice") {
        None => Ok(ToolChoice::Auto),
        Some(Value::String(name)) => match name.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" => Ok(ToolChoice::Required),
            _ => Err(fields.error("tool_choice", ALLOWED)),
        },
        Some(Value::Object(_)) => {
            let choice = fields.required_object("tool_choice")?;
            let function = choice.required_object("function")?;
            Ok(ToolChoice::Named(function.required_text("name")?.to_owned()))
        }
        Some(_) => Err(fields.error("tool_choice", ALLOWED)),
    }
}
