//! Whether a target can take a request at all. One that cannot is passed over for it.

use changeover_domain::{Provider, ProviderKind, Target};
use changeover_llm::{ChatRequest, Part, ResponseFormat};

/// What stands against sending `request` to `target`.
pub(super) fn unfit_for(target: &Target, request: &ChatRequest) -> Option<String> {
    let can = &target.capabilities;
    let has_image = || {
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        parts.into_iter().any(|part| matches!(part, Part::Image(_)))
    };
    let because = |what: &str| Some(format!("passed over: {what}"));
    if !request.tools.is_empty() && !can.tools {
        because("it takes no tools")
    } else if matches!(request.response_format, ResponseFormat::JsonSchema { .. })
        && !can.json_schema
    {
        because("it takes no JSON schema")
    } else if !can.images && has_image() {
        because("it takes no images")
    } else {
        None
    }
}

/// What stands against asking a provider for embeddings.
pub(super) fn no_embeddings(provider: &Provider) -> Option<String> {
    let has = matches!(
        provider.kind,
        ProviderKind::Openai | ProviderKind::AzureOpenai | ProviderKind::OpenaiCompatible
    );
    (!has).then(|| "passed over: it serves no embeddings in this dialect".to_owned())
}
