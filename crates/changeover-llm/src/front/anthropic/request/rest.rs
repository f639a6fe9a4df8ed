//! The fields that are not everybody's: which are carried, refused or let go.

use serde_json::{Map, Value};

use crate::canonical::{Extra, ExtraOf};
use crate::front::FrontError;
use crate::front::reading::at;
use crate::losses::{Feature, FeatureSet};

/// The fields to carry to the dialect's own vendor.
pub(super) fn sorted(
    rest: Map<String, Value>,
    dropped: &mut FeatureSet,
) -> Result<Vec<Extra>, FrontError> {
    let mut extras = Vec::new();
    for (name, value) in rest {
        if value.is_null() {
            continue;
        }
        match name.as_str() {
            "container" | "mcp_servers" => {
                return Err(at(&name, "the vendor's own tools are not served"));
            }
            "service_tier" | "inference_geo" => {
                extras.push(Extra { of: ExtraOf::Anthropic, name, value });
            }
            // Most need a header of the vendor's that allows them, and would be refused without.
            _ => dropped.insert(Feature::UnknownField),
        }
    }
    Ok(extras)
}
