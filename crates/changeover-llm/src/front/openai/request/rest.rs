//! The fields that are not everybody's: whose they are, and which are refused.

use serde_json::{Map, Value};

use crate::canonical::{Extra, ExtraOf};
use crate::front::FrontError;
use crate::front::reading::at;

/// The fields to carry, and `top_k` besides: some servers take it in this dialect, and other
/// vendors in theirs.
pub(super) fn sorted(rest: Map<String, Value>) -> Result<(Vec<Extra>, Option<u32>), FrontError> {
    let mut top_k = None;
    let mut extras = Vec::new();
    for (name, value) in rest {
        if value.is_null() {
            continue;
        }
        if name == "top_k" {
            // Servers use -1 and 0 for "all", which is what its absence says as well.
            let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
            top_k = count.filter(|count| *count > 0);
        }
        match whose(&name) {
            Whose::Refused(why) => return Err(at(&name, why)),
            Whose::Nobodys => {}
            Whose::Carried(of) => extras.push(Extra { of, name, value }),
        }
    }
    Ok((extras, top_k))
}

enum Whose {
    Refused(&'static str),
    /// It asks for nothing by itself.
    Nobodys,
    Carried(ExtraOf),
}

fn whose(name: &str) -> Whose {
    match name {
        "functions" => Whose::Refused("is not taken here: use `tools`"),
        "function_call" => Whose::Refused("is not taken here: use `tool_choice`"),
        "audio" | "modalities" => Whose::Refused("only text is served"),
        "web_search_options" => Whose::Refused("the vendor's own tools are not served"),
        "moderation" => Whose::Refused("moderation of answers is not served"),
        // Without `logprobs` it means nothing, and that is refused.
        "top_logprobs" => Whose::Nobodys,
        "logit_bias"
        | "metadata"
        | "store"
        | "service_tier"
        | "verbosity"
        | "prediction"
        | "prompt_cache_key"
        | "prompt_cache_options"
        | "prompt_cache_retention"
        | "safety_identifier" => Whose::Carried(ExtraOf::Openai),
        _ => Whose::Carried(ExtraOf::OpenaiCompatible),
    }
}
