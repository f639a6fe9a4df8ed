//! Why a value does not fit its schema, in a few words: the place, and what the schema asks for.
//!
//! The value itself is a model's text and never quoted. Only the names along the path can be the
//! model's, so the path is cut.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};

const LONGEST_PATH: usize = 120;
const LONGEST_WORDS: usize = 120;

/// `/items/0/price: expected number`.
pub(super) fn explain(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().to_string();
    let place = if path.is_empty() { "its root".to_owned() } else { cut(&path, LONGEST_PATH) };
    format!("{place}: {}", cut(&asked(error.kind()), LONGEST_WORDS))
}

fn asked(kind: &ValidationErrorKind) -> String {
    use ValidationErrorKind as Kind;
    match kind {
        Kind::Type { kind: TypeKind::Single(one) } => format!("expected {one}"),
        Kind::Type { kind: TypeKind::Multiple(types) } => {
            let names: Vec<String> = types.iter().map(|one| one.to_string()).collect();
            format!("expected {}", names.join(" or "))
        }
        Kind::Required { property } => format!("{property} is missing"),
        Kind::Enum { .. } => "expected one of the values that its enum allows".to_owned(),
        Kind::Constant { .. } => "expected its constant".to_owned(),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            format!("{} properties too many", unexpected.len())
        }
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => {
            "fits none of its alternatives".to_owned()
        }
        Kind::OneOfMultipleValid { .. } => "fits more than one of its alternatives".to_owned(),
        Kind::Format { format } => format!("expected the format {format}"),
        Kind::Pattern { pattern } => format!("expected the pattern {pattern}"),
        Kind::Minimum { limit } => format!("expected at least {limit}"),
        Kind::Maximum { limit } => format!("expected at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("expected more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("expected less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("expected a multiple of {multiple_of}"),
        Kind::MinLength { limit } => format!("expected at least {limit} characters"),
        Kind::MaxLength { limit } => format!("expected at most {limit} characters"),
        Kind::MinItems { limit } => format!("expected at least {limit} items"),
        Kind::MaxItems { limit } => format!("expected at most {limit} items"),
        Kind::MinProperties { limit } => format!("expected at least {limit} properties"),
        Kind::MaxProperties { limit } => format!("expected at most {limit} properties"),
        Kind::UniqueItems => "expected items that all differ".to_owned(),
        other => format!("does not satisfy `{}`", other.keyword()),
    }
}

fn cut(text: &str, longest: usize) -> String {
    let plain = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    let mut short: String = plain.clone().take(longest).collect();
    if plain.count() > longest {
        short.push('…');
    }
    short
}
