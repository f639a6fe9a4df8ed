//! The proof of thoughts that some vendors hang on a tool call, carried in the call's id.
//!
//! Neither caller's dialect has a field for it, and the vendor refuses the next turn without it. The
//! id is the one thing that every application hands back untouched, with the call and with its
//! result, so the proof travels in it behind a mark, in letters that every vendor takes in an id.

use std::borrow::Cow;

const MARK: &str = "__sig__";

/// The id as the application sees it.
pub(super) fn joined<'a>(id: &'a str, signature: Option<&str>) -> Cow<'a, str> {
    match signature.and_then(sealed) {
        Some(sealed) => Cow::Owned(format!("{id}{MARK}{sealed}")),
        None => Cow::Borrowed(id),
    }
}

/// The vendor's id and the proof, from an id as the application sees it.
pub(super) fn parted(mut id: String) -> (String, Option<String>) {
    let Some((before, sealed)) = id.split_once(MARK) else {
        return (id, None);
    };
    let (length, signature) = (before.len(), opened(sealed));
    id.truncate(length);
    (id, signature)
}

/// Base64 in the letters of an id. What is not whole base64 is not carried: it could not be made
/// again.
fn sealed(signature: &str) -> Option<String> {
    let bare = signature.trim_end_matches('=');
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let whole = signature.len().is_multiple_of(4) && signature.len() - bare.len() <= 2;
    (!bare.is_empty() && whole && bare.chars().all(is_base64))
        .then(|| bare.replace('+', "-").replace('/', "_"))
}

fn opened(sealed: &str) -> Option<String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if sealed.is_empty() || !sealed.chars().all(is_letter) {
        return None;
    }
    let padding = match sealed.len() % 4 {
        0 => "",
        2 => "==",
        3 => "=",
        _ => return None,
    };
    Some(format!("{}{padding}", sealed.replace('-', "+").replace('_', "/")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_without_a_proof_stays_as_it_is() {
        assert_eq!(joined("call_1", None), "call_1");
        assert_eq!(joined("call_1", Some("no base64!")), "call_1");
        assert_eq!(parted("call_1".into()), ("call_1".into(), None));
        assert_eq!(parted("a__sig__!".into()), ("a".into(), None), "a broken proof is none");
    }

    proptest! {
        #[test]
        fn a_proof_comes_back_as_it_went(id in "[a-zA-Z0-9-]{0,20}", groups in "([A-Za-z0-9+/]{4}){0,9}[A-Za-z0-9+/]{2}") {
            for signature in [format!("{groups}=="), format!("{groups}A="), format!("{groups}AB")] {
                let seen = joined(&id, Some(&signature)).into_owned();
                prop_assert!(seen.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
                prop_assert_eq!(parted(seen), (id.clone(), Some(signature)));
            }
        }
    }
}
