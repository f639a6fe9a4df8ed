//! What is odd about a credential, from what is known of it without knowing it.
//!
//! Not for looking at the environment or at answers (the engine does), and never shown a secret:
//! equal fingerprints are all it knows. The rule it keeps: a finding says what is so, why it matters
//! and what to do next, and what cannot be known is no finding.

use changeover_domain::{Outcome, ProviderKind, UnixMs};

/// A key that runs out within so long is worth a word.
const SOON_MS: i64 = 14 * 24 * 3_600_000;

/// Whose form a key has, by how it begins. Vendors of borrowed dialects have forms of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    Anthropic,
    Openai,
    Google,
    /// In quotation marks, or with white space in it: pasted wrong.
    Garbled,
    Other,
}

impl KeyForm {
    /// The form of `key`.
    #[must_use]
    pub fn of(key: &str) -> Self {
        if key.contains(['"', '\'', ' ', '\n', '\t']) {
            return Self::Garbled;
        }
        match key {
            _ if key.starts_with("sk-ant-") => Self::Anthropic,
            _ if key.starts_with("AIza") => Self::Google,
            _ if key.starts_with("sk-") => Self::Openai,
            _ => Self::Other,
        }
    }

    fn belongs_elsewhere(self, kind: ProviderKind) -> Option<&'static str> {
        match (self, kind) {
            (Self::Anthropic, ProviderKind::Openai | ProviderKind::Gemini) => Some("Anthropic"),
            (Self::Openai, ProviderKind::Anthropic | ProviderKind::Gemini) => Some("OpenAI"),
            (Self::Google, ProviderKind::Anthropic | ProviderKind::Openai) => Some("Google"),
            _ => None,
        }
    }
}

/// A variable that programs started from this environment would take their key from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadow {
    pub variable: &'static str,
    /// It holds the same credential.
    pub same: bool,
}

/// The variables in which programs look for the key of a vendor, the one they prefer first. Vendors
/// of borrowed dialects are known by the host of their API.
#[must_use]
pub fn key_variables(kind: ProviderKind, host: &str) -> &'static [&'static str] {
    match kind {
        ProviderKind::Anthropic => &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
        ProviderKind::Openai => &["OPENAI_API_KEY"],
        ProviderKind::Gemini => &["GOOGLE_API_KEY", "GEMINI_API_KEY"],
        ProviderKind::AzureOpenai => &["AZURE_OPENAI_API_KEY"],
        ProviderKind::Bedrock => &["AWS_BEARER_TOKEN_BEDROCK"],
        ProviderKind::OpenaiCompatible => borrower(host),
    }
}

fn borrower(host: &str) -> &'static [&'static str] {
    match host {
        "api.cohere.ai" | "api.cohere.com" => &["CO_API_KEY", "COHERE_API_KEY"],
        "api.deepseek.com" => &["DEEPSEEK_API_KEY"],
        "api.fireworks.ai" => &["FIREWORKS_API_KEY"],
        "api.groq.com" => &["GROQ_API_KEY"],
        "api.mistral.ai" => &["MISTRAL_API_KEY"],
        "api.perplexity.ai" => &["PERPLEXITY_API_KEY"],
        "api.replicate.com" => &["REPLICATE_API_TOKEN"],
        "api.together.ai" | "api.together.xyz" => &["TOGETHER_API_KEY"],
        "api.x.ai" => &["XAI_API_KEY"],
        "openrouter.ai" => &["OPENROUTER_API_KEY"],
        "router.huggingface.co" => &["HF_TOKEN"],
        _ => &[],
    }
}

/// The variables that send programs of a kind of vendor to another address, account or bill.
#[must_use]
pub fn path_variables(kind: ProviderKind) -> &'static [&'static str] {
    match kind {
        ProviderKind::Anthropic => {
            &["ANTHROPIC_BASE_URL", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"]
        }
        ProviderKind::Openai => {
            &["OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_ORGANIZATION", "OPENAI_PROJECT_ID"]
        }
        ProviderKind::Gemini => {
            &["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_CLOUD_PROJECT", "GOOGLE_GEMINI_BASE_URL"]
        }
        ProviderKind::AzureOpenai => &["AZURE_OPENAI_ENDPOINT"],
        ProviderKind::Bedrock => &["AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_REGION"],
        ProviderKind::OpenaiCompatible => &[],
    }
}

/// What is known of one provider's credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialInputs {
    pub kind: ProviderKind,
    /// `env:NAME` or `keychain:NAME`; `None` where the provider needs none.
    pub source: Option<String>,
    pub form: Option<KeyForm>,
    /// Variables that are set, other than the source itself.
    pub shadows: Vec<Shadow>,
    pub path_variables: Vec<&'static str>,
    /// Providers that use the same credential at the same address.
    pub shared_with: Vec<String>,
    pub expected_organization: Option<String>,
    pub expected_project: Option<String>,
    pub answered_organization: Option<String>,
    pub answered_project: Option<String>,
    pub expires_at: Option<UnixMs>,
    /// How the last probe with it ended that says something of it.
    pub last: Option<Outcome>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It may not be what you think.
    Warning,
    /// It does not work.
    Problem,
}

/// One thing that is odd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub sentence: String,
    /// The next step.
    pub hint: String,
}

fn finding(severity: Severity, sentence: impl Into<String>, hint: impl Into<String>) -> Finding {
    Finding { severity, sentence: sentence.into(), hint: hint.into() }
}

/// Everything that is odd as of `now`, the worst first.
#[must_use]
pub fn examine(inputs: &CredentialInputs, now: UnixMs) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(refused(inputs));
    findings.extend(unproved(inputs));
    findings.extend(form(inputs));
    findings.extend(expiry(inputs, now));
    findings.extend(account(inputs));
    findings.extend(unnamed(inputs));
    findings.extend(inputs.shadows.iter().map(|shadow| shadowed(inputs, shadow)));
    findings.extend(inputs.path_variables.iter().map(|variable| another_path(variable)));
    findings.extend(shared(inputs));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

fn refused(inputs: &CredentialInputs) -> Option<Finding> {
    use changeover_domain::FailureClass;
    let source = inputs.source.as_deref().unwrap_or("no key");
    match inputs.last? {
        Outcome::Failed(FailureClass::Authentication) => Some(finding(
            Severity::Problem,
            format!("the vendor refused this credential ({source}) at the last probe"),
            "make a new key with the vendor, put it where the old one is, and start again",
        )),
        Outcome::Failed(FailureClass::Permission) => Some(finding(
            Severity::Problem,
            format!(
                "the vendor knows this credential ({source}), and it may not do what was asked"
            ),
            "give the key's project or role the right to use this model",
        )),
        Outcome::Failed(FailureClass::SpendCap) => Some(finding(
            Severity::Problem,
            "the account that this credential is booked on has no money left for it",
            "raise the spend limit or add credit with the vendor",
        )),
        _ => None,
    }
}

/// What no answer has proved is not called well.
fn unproved(inputs: &CredentialInputs) -> Option<Finding> {
    use changeover_domain::FailureClass::{Authentication, Permission, SpendCap};
    inputs.source.as_ref()?;
    let is_decided = match inputs.last {
        Some(Outcome::Ok) => true,
        Some(Outcome::Failed(class)) => matches!(class, Authentication | Permission | SpendCap),
        None => false,
    };
    (!is_decided).then(|| {
        finding(
            Severity::Note,
            "no answer with this credential has come yet, so it is not proved",
            "wait for the first good probe, or see on the board why none comes",
        )
    })
}

/// An expectation that can never be held.
fn unnamed(inputs: &CredentialInputs) -> Option<Finding> {
    let names_organization = matches!(inputs.kind, ProviderKind::Anthropic | ProviderKind::Openai);
    let names_project = inputs.kind == ProviderKind::Openai;
    let expected = inputs.expected_organization.as_ref().filter(|_| !names_organization);
    let expected = expected.or(inputs.expected_project.as_ref().filter(|_| !names_project))?;
    Some(finding(
        Severity::Warning,
        format!("this vendor's answers name no account, so that it is `{expected}` is never held"),
        "look in the vendor's console whose key it is, and take the expectation out",
    ))
}

fn form(inputs: &CredentialInputs) -> Option<Finding> {
    let form = inputs.form?;
    if form == KeyForm::Garbled {
        return Some(finding(
            Severity::Problem,
            "the key has quotation marks or white space in it",
            "store it again without them: it was most likely pasted with its quotes",
        ));
    }
    let whose = form.belongs_elsewhere(inputs.kind)?;
    Some(finding(
        Severity::Problem,
        format!("the key has the form of {whose}'s keys, and this provider is another vendor's"),
        "look whether two references were swapped in the configuration",
    ))
}

fn expiry(inputs: &CredentialInputs, now: UnixMs) -> Option<Finding> {
    let left = inputs.expires_at?.millis_since(now);
    let days = left / (24 * 3_600_000);
    if left <= 0 {
        return Some(finding(
            Severity::Problem,
            "by your configuration this key has expired",
            "make a new key and correct `key_expires`",
        ));
    }
    (left <= SOON_MS).then(|| {
        finding(
            Severity::Warning,
            format!("by your configuration this key expires in {days} days"),
            "make the next key now and change it before that day",
        )
    })
}

fn account(inputs: &CredentialInputs) -> Vec<Finding> {
    let differs = |what: &str, expected: &Option<String>, answered: &Option<String>| {
        let (expected, answered) = (expected.as_ref()?, answered.as_ref()?);
        (expected != answered).then(|| {
            finding(
                Severity::Problem,
                format!("the vendor books it on the {what} `{answered}`, and not on `{expected}`"),
                format!("use a key of `{expected}`, or correct what the configuration expects"),
            )
        })
    };
    let organization =
        differs("organization", &inputs.expected_organization, &inputs.answered_organization);
    let project = differs("project", &inputs.expected_project, &inputs.answered_project);
    organization.into_iter().chain(project).collect()
}

fn shadowed(inputs: &CredentialInputs, shadow: &Shadow) -> Finding {
    let variable = shadow.variable;
    let source = inputs.source.as_deref().unwrap_or("none");
    if shadow.same {
        return finding(
            Severity::Note,
            format!("`{variable}` is set too, to the same credential"),
            "when you change the key, change it in both places",
        );
    }
    finding(
        Severity::Warning,
        format!(
            "`{variable}` is set to another credential: programs started here use that one, and \
             this console uses {source}"
        ),
        format!("unset `{variable}`, or name it as the provider's key"),
    )
}

fn another_path(variable: &str) -> Finding {
    finding(
        Severity::Note,
        format!(
            "`{variable}` is set: programs started here may use another address or account than \
             this console"
        ),
        format!("compare `{variable}` with the provider's configuration"),
    )
}

fn shared(inputs: &CredentialInputs) -> Option<Finding> {
    let others = inputs.shared_with.join(", ");
    (!others.is_empty()).then(|| {
        finding(
            Severity::Note,
            format!("the same credential is used for {others}: they share limits and bills"),
            "a standby behind the same credential fails with it; give one a key of its own",
        )
    })
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    fn well() -> CredentialInputs {
        CredentialInputs {
            kind: ProviderKind::Openai,
            source: Some("keychain:openai".into()),
            form: Some(KeyForm::Openai),
            shadows: vec![],
            path_variables: vec![],
            shared_with: vec![],
            expected_organization: Some("org-ours".into()),
            expected_project: None,
            answered_organization: Some("org-ours".into()),
            answered_project: Some("proj_1".into()),
            expires_at: Some(NOW.plus_millis(SOON_MS + 1)),
            last: Some(Outcome::Ok),
        }
    }

    fn only(inputs: &CredentialInputs) -> Finding {
        let mut findings = examine(inputs, NOW);
        assert_eq!(findings.len(), 1, "{findings:?}");
        findings.remove(0)
    }

    #[test]
    fn a_credential_that_is_as_expected_has_no_findings() {
        assert_eq!(examine(&well(), NOW), []);
        let unknown = CredentialInputs { answered_organization: None, ..well() };
        assert_eq!(examine(&unknown, NOW), [], "what no answer has told is no finding");
    }

    #[test]
    fn another_credential_in_the_environment_is_a_warning_and_the_same_one_a_note() {
        let shadow = |same| CredentialInputs {
            shadows: vec![Shadow { variable: "OPENAI_API_KEY", same }],
            ..well()
        };
        let other = only(&shadow(false));
        assert_eq!(other.severity, Severity::Warning);
        assert!(
            other.sentence.contains("`OPENAI_API_KEY`") && other.sentence.contains("keychain:")
        );
        assert_eq!(only(&shadow(true)).severity, Severity::Note);
    }

    #[test]
    fn what_no_answer_has_proved_is_not_called_well() {
        for last in [None, Some(Outcome::Failed(FailureClass::Overloaded))] {
            let found = only(&CredentialInputs { last, ..well() });
            assert_eq!(found.severity, Severity::Note);
            assert!(found.sentence.contains("not proved"), "{found:?}");
        }
        let needless = CredentialInputs { source: None, last: None, ..well() };
        assert_eq!(examine(&needless, NOW), [], "where no key is needed none is to be proved");
    }

    #[test]
    fn an_account_that_no_answer_ever_names_cannot_be_expected() {
        let gemini = CredentialInputs {
            kind: ProviderKind::Gemini,
            form: Some(KeyForm::Google),
            answered_organization: None,
            ..well()
        };
        let found = only(&gemini);
        assert!(found.severity == Severity::Warning && found.sentence.contains("`org-ours`"));
    }

    #[test]
    fn vendors_of_a_borrowed_dialect_have_variables_by_their_host() {
        let of = |host| key_variables(ProviderKind::OpenaiCompatible, host);
        assert_eq!(of("api.groq.com"), ["GROQ_API_KEY"]);
        assert_eq!(of("models.our-own.example"), [""; 0]);
    }

    #[test]
    fn a_wrong_account_is_a_problem_that_names_both() {
        let other = Some("org-another".to_owned());
        let found = only(&CredentialInputs { answered_organization: other, ..well() });
        assert_eq!(found.severity, Severity::Problem);
        assert!(found.sentence.contains("org-another") && found.sentence.contains("org-ours"));
    }

    #[test]
    fn an_end_that_is_near_is_told_before_and_after() {
        let ends = |ms| CredentialInputs { expires_at: Some(NOW.plus_millis(ms)), ..well() };
        assert_eq!(only(&ends(0)).severity, Severity::Problem);
        let soon = only(&ends(3 * 24 * 3_600_000));
        assert!(soon.severity == Severity::Warning && soon.sentence.contains("3 days"));
    }

    #[test]
    fn a_key_of_another_vendor_and_a_garbled_one_are_seen_by_their_form() {
        assert_eq!(KeyForm::of("sk-ant-api03-x"), KeyForm::Anthropic);
        assert_eq!(KeyForm::of("sk-proj-x"), KeyForm::Openai);
        assert_eq!(KeyForm::of("AIzaSyx"), KeyForm::Google);
        assert_eq!(KeyForm::of("\"sk-proj-x\""), KeyForm::Garbled);
        let swapped = CredentialInputs { form: Some(KeyForm::Anthropic), ..well() };
        assert!(only(&swapped).sentence.contains("Anthropic"));
        let borrowed = CredentialInputs {
            kind: ProviderKind::OpenaiCompatible,
            form: Some(KeyForm::Anthropic),
            expected_organization: None,
            ..well()
        };
        assert_eq!(examine(&borrowed, NOW), [], "borrowers take any form");
    }

    #[test]
    fn what_the_vendor_refused_comes_first() {
        let inputs = CredentialInputs {
            last: Some(Outcome::Failed(FailureClass::Authentication)),
            shared_with: vec!["openai-eu".into()],
            path_variables: vec!["OPENAI_BASE_URL"],
            ..well()
        };
        let findings = examine(&inputs, NOW);
        let severities: Vec<Severity> = findings.iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Problem, Severity::Note, Severity::Note]);
    }
}
