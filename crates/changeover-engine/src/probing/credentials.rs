//! The credential doctor: which credential each provider's targets use, and what is odd about it.
//!
//! The rules are `changeover_policy::credential`'s; here is what they are given. The rule this room
//! keeps: a secret is looked at, and nothing of it but its fingerprint leaves.

use changeover_config::{Credential, ProviderAccess, fingerprint};
use changeover_domain::{Outcome, ProbeSample};
use changeover_http::Secret;
use changeover_llm::Account;
use changeover_policy::credential::{
    CredentialInputs, Finding, KeyForm, Severity, Shadow, examine, key_variables, path_variables,
};

use crate::contract::{
    AccountName, CredentialFinding, CredentialReport, CredentialsCheck, CredentialsChecked,
    FindingSeverity,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::setup::Setup;
use crate::state::State;
use crate::watch::status::host;

/// What a variable of the environment holds; `None` where it is not set or empty.
type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Engine {
    /// Looks at the credentials of all providers, or of one.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown provider.
    pub fn credentials_check(
        &self,
        asked: &CredentialsCheck,
    ) -> Result<CredentialsChecked, EngineError> {
        let providers = &self.setup().catalogue.providers;
        let wanted = |access: &&ProviderAccess| {
            asked.provider.as_ref().is_none_or(|one| *one == access.provider.id)
        };
        let chosen: Vec<&ProviderAccess> = providers.iter().filter(wanted).collect();
        if let Some(unknown) = asked.provider.as_ref().filter(|_| chosen.is_empty()) {
            let known = providers.iter().map(|access| &access.provider.id);
            return Err(EngineError::not_found("provider", unknown, known));
        }
        let environment =
            |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let (state, now) = (self.state(), self.clock().now());
        let report =
            |access: &&ProviderAccess| report(self.setup(), &state, access, &environment, now);
        Ok(CredentialsChecked { credentials: chosen.iter().map(report).collect() })
    }
}

fn report(
    setup: &Setup,
    state: &State,
    access: &ProviderAccess,
    environment: Environment<'_>,
    now: changeover_domain::UnixMs,
) -> CredentialReport {
    let provider = &access.provider.id;
    let credential = setup.catalogue.credentials.get(provider).cloned().unwrap_or_default();
    let account = state.accounts.get(provider).cloned().unwrap_or_default();
    let inputs = inputs(setup, state, access, (&credential, &account), environment);
    let targets = setup.catalogue.targets.iter().filter(|target| target.provider == *provider);
    CredentialReport {
        provider: provider.clone(),
        targets: targets.map(|target| target.id.clone()).collect(),
        source: inputs.source.clone(),
        fingerprint: access.key.as_ref().map(fingerprint),
        answered_as: names(account),
        expires_at: inputs.expires_at,
        findings: examine(&inputs, now).into_iter().map(shown).collect(),
    }
}

fn inputs(
    setup: &Setup,
    state: &State,
    access: &ProviderAccess,
    (credential, account): (&Credential, &Account),
    environment: Environment<'_>,
) -> CredentialInputs {
    let kind = access.provider.kind;
    let host = host(&access.provider.base_url);
    let source = credential.source.as_ref().map(ToString::to_string);
    let is_source = |variable: &&&str| {
        let named = source.as_deref().and_then(|source| source.strip_prefix("env:"));
        named == Some(**variable)
    };
    let shadow = |variable: &&'static str| {
        let value = Secret::new(&environment(variable)?);
        Some(Shadow { variable, same: access.key.as_ref() == Some(&value) })
    };
    let is_set = |variable: &&&'static str| environment(variable).is_some();
    CredentialInputs {
        kind,
        form: access.key.as_ref().map(|key| KeyForm::of(key.expose())),
        shadows: key_variables(kind, &host)
            .iter()
            .filter(|variable| !is_source(variable) && access.key.is_some())
            .filter_map(shadow)
            .collect(),
        path_variables: path_variables(kind).iter().filter(is_set).copied().collect(),
        shared_with: shared_with(setup, access),
        expected_organization: credential.expect_organization.clone(),
        expected_project: credential.expect_project.clone(),
        answered_organization: account.organization.clone(),
        answered_project: account.project.clone(),
        expires_at: credential.expires.map(|day| day.end()),
        last: last_outcome(setup, state, access),
        source,
    }
}

/// Other providers that show the same key at the same address.
fn shared_with(setup: &Setup, access: &ProviderAccess) -> Vec<String> {
    let same = |other: &&ProviderAccess| {
        other.provider.id != access.provider.id
            && other.key.is_some()
            && other.key == access.key
            && other.provider.base_url == access.provider.base_url
    };
    let others = setup.catalogue.providers.iter().filter(same);
    others.map(|other| other.provider.id.to_string()).collect()
}

/// How the provider's newest probe ended that looked at the credential, of any of its targets: it was
/// taken or refused. An address that answers did not look, and neither did who was overloaded.
fn last_outcome(setup: &Setup, state: &State, access: &ProviderAccess) -> Option<Outcome> {
    use changeover_domain::FailureClass::{Authentication, Permission, SpendCap};
    let decides = |sample: &&ProbeSample| {
        let judged = matches!(
            sample.outcome,
            Outcome::Ok | Outcome::Failed(Authentication | Permission | SpendCap)
        );
        judged && sample.kind.asks_the_model()
    };
    let own = setup.catalogue.targets.iter();
    let own = own.filter(|target| target.provider == access.provider.id);
    let last = own.filter_map(|target| state.observed.all_probes(&target.id).rev().find(decides));
    last.max_by_key(|sample| sample.at).map(|sample| sample.outcome)
}

fn names(account: Account) -> Vec<AccountName> {
    let named = |what: &str, name: Option<String>| {
        name.map(|name| AccountName { what: what.to_owned(), name })
    };
    let organization = named("organization", account.organization);
    organization.into_iter().chain(named("project", account.project)).collect()
}

fn shown(finding: Finding) -> CredentialFinding {
    CredentialFinding {
        severity: match finding.severity {
            Severity::Note => FindingSeverity::Note,
            Severity::Warning => FindingSeverity::Warning,
            Severity::Problem => FindingSeverity::Problem,
        },
        sentence: finding.sentence,
        hint: finding.hint,
    }
}

#[cfg(test)]
mod tests {
    use changeover_config::{Catalogue, SecretRef};
    use changeover_domain::{Provider, ProviderId, ProviderKind, UnixMs};
    use changeover_http::ClientTls;

    use super::*;

    fn setup() -> Setup {
        let id = ProviderId::try_new("openai").unwrap();
        let provider = Provider {
            id: id.clone(),
            name: "OpenAI".into(),
            kind: ProviderKind::Openai,
            base_url: "https://api.openai.com".into(),
        };
        let source = SecretRef::try_from("keychain:openai".to_owned()).unwrap();
        let credential = Credential {
            source: Some(source),
            expect_organization: Some("org-ours".into()),
            ..Credential::default()
        };
        let key = Some(Secret::new("sk-proj-configured"));
        Setup {
            catalogue: Catalogue {
                providers: vec![ProviderAccess { provider, key, tls: ClientTls::default() }],
                credentials: [(id, credential)].into(),
                ..Catalogue::default()
            },
            ..Setup::default()
        }
    }

    #[test]
    fn a_report_tells_where_a_key_comes_from_and_nothing_of_the_key() {
        let setup = setup();
        let mut state = State::default();
        let account = Account { organization: Some("org-another".into()), project: None };
        state.accounts.insert(ProviderId::try_new("openai").unwrap(), account);
        let environment =
            |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-proj-environment".to_owned());
        let access = &setup.catalogue.providers[0];
        let report = report(&setup, &state, access, &environment, UnixMs(0));
        assert_eq!(report.source.as_deref(), Some("keychain:openai"));
        assert_eq!(report.answered_as[0].name, "org-another");
        let severities: Vec<FindingSeverity> =
            report.findings.iter().map(|finding| finding.severity).collect();
        use FindingSeverity::{Note, Problem, Warning};
        assert_eq!(severities, [Problem, Warning, Note], "and no answer has proved it");
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains("sk-proj") && !text.contains("configured"), "{text}");
        assert_eq!(report.fingerprint.map(|digits| digits.len()), Some(8));
    }

    #[test]
    fn a_refused_key_is_not_hidden_by_what_did_not_look_at_it() {
        use changeover_domain::{FailureClass, ProbeKind, TargetId};
        let mut setup = setup();
        let target = changeover_domain::Target {
            id: TargetId::try_new("gpt").unwrap(),
            provider: ProviderId::try_new("openai").unwrap(),
            model: "gpt-5".into(),
            region: None,
            capabilities: changeover_domain::Capabilities::default(),
            slo: changeover_domain::Slo::default(),
        };
        setup.catalogue.targets.push(target.clone());
        let mut state = State::default();
        let mut probe = |kind, outcome, second: i64| {
            let at = UnixMs(1_000 * second);
            let sample = ProbeSample::bare(target.id.clone(), at, outcome, 10);
            state.observed.add_probe(ProbeSample { kind, ..sample });
            last_outcome(&setup, &state, &setup.catalogue.providers[0])
        };
        let stream = ProbeKind::StreamingCompletion;
        let refused = Outcome::Failed(FailureClass::Authentication);
        assert_eq!(probe(stream, refused, 1), Some(refused));
        assert_eq!(probe(ProbeKind::Reachability, Outcome::Ok, 2), Some(refused));
        let overloaded = Outcome::Failed(FailureClass::Overloaded);
        assert_eq!(probe(stream, overloaded, 3), Some(refused));
        assert_eq!(probe(stream, Outcome::Ok, 4), Some(Outcome::Ok), "a new key is taken");
    }

    #[test]
    fn the_variable_that_is_the_source_shadows_nothing() {
        let mut setup = setup();
        let credential = setup.catalogue.credentials.values_mut().next().unwrap();
        credential.source = Some(SecretRef::try_from("env:OPENAI_API_KEY".to_owned()).unwrap());
        let environment = |_: &str| None;
        let access = &setup.catalogue.providers[0];
        let with_it = |name: &str| (name == "OPENAI_API_KEY").then(|| "sk-proj-x".to_owned());
        for environment in [&environment as Environment<'_>, &with_it] {
            let report = report(&setup, &State::default(), access, environment, UnixMs(0));
            let shadows = |one: &&CredentialFinding| one.sentence.contains("OPENAI_API_KEY");
            assert_eq!(report.findings.iter().find(shadows), None);
        }
    }
}
