//! A request as a command line, to be tried by hand or sent to a vendor's support.
//!
//! Not for sending anything. The rule it keeps: no key is ever in it. The request is written with a
//! reference to an environment variable in the key's place, so there is nothing to leave out.

use changeover_domain::{Provider, ProviderKind};
use changeover_http::Secret;

use crate::canonical::ChatRequest;
use crate::dialect;
use crate::endpoint::Endpoint;

/// The environment variable under which the vendor's own tools look for the key.
#[must_use]
pub fn key_variable(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Anthropic => "ANTHROPIC_API_KEY",
        ProviderKind::Openai => "OPENAI_API_KEY",
        ProviderKind::Gemini => "GEMINI_API_KEY",
        ProviderKind::AzureOpenai => "AZURE_OPENAI_API_KEY",
        ProviderKind::Bedrock => "AWS_BEARER_TOKEN_BEDROCK",
        ProviderKind::OpenaiCompatible => "API_KEY",
    }
}

/// What the provider is asked with beside the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bearing {
    /// A key, which stands there as `$…_API_KEY`.
    pub key: bool,
    /// Authorities of one's own, which stand there as `FILE`: where they lie is not for a vendor's
    /// support, and checking less than the console does would be another call.
    pub own_authorities: bool,
}

/// The streamed request for a POSIX shell; `None` where the provider's dialect or address gives
/// none.
#[must_use]
pub fn curl(
    provider: &Provider,
    model: &str,
    request: &ChatRequest,
    bearing: Bearing,
) -> Option<String> {
    let reference = Secret::new(&format!("${}", key_variable(provider.kind)));
    let key = bearing.key.then_some(&reference);
    let endpoint = Endpoint { provider, key, model };
    let wire = dialect::of_kind(provider.kind)?.request(&endpoint, request, true).ok()?;
    let mut lines = vec![format!("curl --no-buffer --include {}", quoted(wire.url.as_str()))];
    if bearing.own_authorities {
        lines.push("--cacert FILE".to_owned());
    }
    lines.push(format!("--header {}", quoted("content-type: application/json")));
    for (name, value) in &wire.headers {
        let header = format!("{name}: {value}");
        // Only the reference itself is for the shell to fill in.
        let of_key = value.contains(reference.expose());
        let header = if of_key { format!("\"{header}\"") } else { quoted(&header) };
        lines.push(format!("--header {header}"));
    }
    lines.push(format!("--data {}", quoted(&String::from_utf8_lossy(&wire.body))));
    Some(lines.join(" \\\n  "))
}

/// A text that the shell takes as it is.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use changeover_domain::ProviderId;

    use super::*;
    use crate::canonical::{Message, Part, Role};

    const KEY: Bearing = Bearing { key: true, own_authorities: false };

    fn provider(kind: ProviderKind) -> Provider {
        Provider {
            id: ProviderId::try_new("vendor").unwrap(),
            name: "Vendor".to_owned(),
            kind,
            base_url: "https://vendor.example".to_owned(),
        }
    }

    fn request(text: &str) -> ChatRequest {
        let parts = vec![Part::Text(text.to_owned())];
        ChatRequest {
            messages: vec![Message { role: Role::User, parts }],
            max_tokens: Some(16),
            ..ChatRequest::default()
        }
    }

    #[test]
    fn every_dialect_names_its_key_by_reference_where_the_vendor_wants_it() {
        for (kind, header) in [
            (ProviderKind::Anthropic, "--header \"x-api-key: $ANTHROPIC_API_KEY\""),
            (ProviderKind::Openai, "--header \"authorization: Bearer $OPENAI_API_KEY\""),
            (ProviderKind::Gemini, "--header \"x-goog-api-key: $GEMINI_API_KEY\""),
            (ProviderKind::OpenaiCompatible, "--header \"authorization: Bearer $API_KEY\""),
        ] {
            let command = curl(&provider(kind), "m-1", &request("Say ok."), KEY).unwrap();
            assert!(command.contains(header), "{command}");
            assert!(command.starts_with("curl --no-buffer --include 'https://vendor.example/"));
            let keyless =
                curl(&provider(kind), "m-1", &request("Say ok."), Bearing::default()).unwrap();
            assert!(!keyless.contains('$'), "{keyless}");
        }
        assert_eq!(curl(&provider(ProviderKind::Bedrock), "m", &request("x"), KEY), None);
    }

    #[test]
    fn authorities_of_ones_own_are_asked_for_and_nothing_is_left_unchecked() {
        let own = Bearing { own_authorities: true, ..KEY };
        let command = curl(&provider(ProviderKind::Openai), "m-1", &request("x"), own).unwrap();
        assert!(command.contains("\n  --cacert FILE \\\n"), "{command}");
        assert!(!command.contains("insecure"), "{command}");
    }

    #[test]
    fn what_stands_in_the_request_stays_text_for_the_shell() {
        let sly = "it's $(reboot) `id` \"x\"";
        let command = curl(&provider(ProviderKind::Openai), "m-1", &request(sly), KEY).unwrap();
        let (_, data) = command.split_once("--data ").unwrap();
        assert!(data.starts_with('\'') && data.ends_with('\''));
        let inside = data.replace(r"'\''", "");
        assert_eq!(inside.matches('\'').count(), 2, "no quote ends early: {data}");
    }
}
