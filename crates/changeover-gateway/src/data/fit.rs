//! Whether a target can take a request at all. One that cannot is passed over for it.

use changeover_domain::{Capabilities, FailureClass, Provider, ProviderKind, Whose};
use changeover_llm::Failure;
use changeover_llm::losses::Needs;

/// Why a target is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unfit {
    pub(super) why: &'static str,
    class: FailureClass,
}

/// What stands against sending a request with these needs to a target that can do so much.
pub(super) fn unfit_for(can: &Capabilities, needs: &Needs) -> Option<Unfit> {
    let why = needs.unmet_by(can)?;
    let too_long = needs.context_tokens > u64::from(can.context_tokens);
    let class = if too_long { FailureClass::ContextLength } else { FailureClass::InvalidRequest };
    Some(Unfit { why, class })
}

/// What stands against asking a provider for embeddings.
pub(super) fn no_embeddings(provider: &Provider) -> Option<Unfit> {
    let has = matches!(
        provider.kind,
        ProviderKind::Openai | ProviderKind::AzureOpenai | ProviderKind::OpenaiCompatible
    );
    let why = "it serves no embeddings in this dialect";
    (!has).then_some(Unfit { why, class: FailureClass::InvalidRequest })
}

impl Unfit {
    /// None of the route's targets takes the request, and this is why the last one does not: the
    /// caller's to mend, since waiting does not help.
    pub(super) fn to_failure(self) -> Failure {
        let why = format!("no target of this route can take the request: {}", self.why);
        Failure { whose: Whose::Caller, ..Failure::without_answer(self.class, why) }
    }
}
