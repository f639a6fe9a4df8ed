//! The credential doctor: which credential each provider's targets use, and what is odd about it.
//!
//! The rules are `changeover_policy::credential`'s; here is what they are given. The rule this room
//! keeps: a secret is looked at, and nothing of it but its fingerprint leaves.

use changeover_config::{ProviderAccess, fingerprint};

use crate::contract::{CredentialReport, CredentialsCheck, CredentialsChecked};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::setup::Setup;

impl Engine {
    /// Looks at the credentials of all providers.
    ///
    /// # Errors
    /// None at present.
    pub fn credentials_check(
        &self,
        asked: &CredentialsCheck,
    ) -> Result<CredentialsChecked, EngineError> {
        let setup = self.setup();
        let wanted = |access: &&ProviderAccess| {
            asked.provider.as_ref().is_none_or(|one| *one == access.provider.id)
        };
        let providers = setup.catalogue.providers.iter().filter(wanted);
        Ok(CredentialsChecked {
            credentials: providers.map(|access| report(setup, access)).collect(),
        })
    }
}

fn report(setup: &Setup, access: &ProviderAccess) -> CredentialReport {
    let provider = &access.provider.id;
    let credential = setup.catalogue.credentials.get(provider);
    let targets = setup.catalogue.targets.iter().filter(|target| target.provider == *provider);
    CredentialReport {
        provider: provider.clone(),
        targets: targets.map(|target| target.id.clone()).collect(),
        source: credential
            .and_then(|credential| credential.source.as_ref())
            .map(ToString::to_string),
        fingerprint: access.key.as_ref().map(fingerprint),
        answered_as: Vec::new(),
        expires_at: credential.and_then(|credential| credential.expires).map(|day| day.end()),
        findings: Vec::new(),
    }
}
