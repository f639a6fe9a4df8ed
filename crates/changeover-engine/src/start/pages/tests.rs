//! What is read of a page with what is known of it: from a configuration as users write it, through the
//! built-in list, to the targets.

use changeover_domain::{Incident, SourceId, UnixMs};
use changeover_status::{ReadContext, read};

use super::*;

/// A provider at this address with targets of these models, each called `t1`, `t2` and so on.
fn setup(kind: &str, base_url: &str, models: &[&str], more: &str) -> Setup {
    let targets = models.iter().enumerate().map(|(number, model)| {
        let number = number + 1;
        format!("[[targets]]\nid = \"t{number}\"\nprovider = \"p\"\nmodel = \"{model}\"\n")
    });
    let text = format!(
        "gateways = []\n[[providers]]\nid = \"p\"\nkind = \"{kind}\"\nbase_url = \"{base_url}\"\n{more}\n{}\
         [[routes]]\nid = \"chat\"\ncriticality = \"can_degrade\"\ntargets = [\"t1\"]\n",
        targets.collect::<String>()
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changeover.toml");
    std::fs::write(&file, text).unwrap();
    crate::settings::load(&file).unwrap()
}

/// The page of a setup; where its vendor has none that can be read, one with the list's names.
fn page_of(setup: &Setup, kind: &str, base_url: &str) -> StatusPage {
    if let Some(page) = setup.pages.first() {
        return page.clone();
    }
    let known = changeover_config::KnownProviders::built_in().unwrap();
    let kind = serde_json::from_value(serde_json::Value::String(kind.to_owned())).unwrap();
    StatusPage {
        id: SourceId::try_new("page").unwrap(),
        provider: setup.catalogue.targets[0].provider.clone(),
        platform: StatusPlatform::Statuspage,
        url: String::new(),
        fallback: None,
        interval: std::time::Duration::ZERO,
        flaps: false,
        components: Vec::new(),
        known_models: known.models(base_url, kind).cloned().collect(),
        models: Vec::new(),
    }
}

/// One open incident, read with the names of the page.
fn incident(setup: &Setup, page: &StatusPage, title: &str, text: &str) -> Incident {
    let names = names(setup, page);
    let rules = [];
    let context = ReadContext {
        names: &names,
        components: &rules,
        ..ReadContext::new(&page.id, &page.provider, UnixMs(1_800_000_000_000))
    };
    let json = serde_json::json!({"page": {"id": "p"}, "incidents": [{
        "id": "i", "name": title, "status": "investigating", "impact": "minor",
        "created_at": "2026-11-20T10:00:00Z",
        "incident_updates": [{"id": "u", "status": "investigating", "body": text,
            "created_at": "2026-11-20T10:00:00Z"}],
    }]});
    let reading = read(Platform::Statuspage, context, json.to_string().as_bytes()).unwrap();
    Incident::clone(&reading.incidents[0])
}

fn named(kind: &str, base_url: &str, models: &[&str], title: &str) -> Vec<String> {
    let setup = setup(kind, base_url, models, "");
    let page = page_of(&setup, kind, base_url);
    let incident = incident(&setup, &page, title, "We are investigating.");
    incident.targets.iter().map(ToString::to_string).collect()
}

const ANTHROPIC: (&str, &str) = ("anthropic", "https://api.anthropic.com");
const OPENAI: (&str, &str) = ("openai", "https://api.openai.com");
const BEDROCK: (&str, &str) =
    ("openai_compatible", "https://bedrock-runtime.eu-west-1.amazonaws.com/openai");
const VERTEX: (&str, &str) = ("gemini", "https://europe-west4-aiplatform.googleapis.com");
const GEMINI: (&str, &str) = ("gemini", "https://generativelanguage.googleapis.com");
const AZURE: (&str, &str) = ("azure_openai", "https://ours.openai.azure.com");

const CLAUDE: &[&str] = &["claude-opus-4-5-20251101", "claude-opus-5-5", "claude-sonnet-5"];
const GPT: &[&str] = &["gpt-5", "gpt-5-mini-2025-08-07", "gpt-5.6-sol", "gpt-5.6-luna", "o3"];
const ON_BEDROCK: &[&str] =
    &["eu.anthropic.claude-opus-4-5-20251101-v1:0", "amazon.nova-lite-v1:0"];
const TOGETHER: &[&str] = &["meta-llama/Llama-3.3-70B-Instruct-Turbo", "moonshotai/Kimi-K3"];

/// A provider, its targets' models, a title, and the targets that it names.
type Case =
    ((&'static str, &'static str), &'static [&'static str], &'static str, &'static [&'static str]);

const TITLES: &[Case] = &[
    (ANTHROPIC, CLAUDE, "Elevated error rates on Opus 4.5", &["t1"]),
    (ANTHROPIC, CLAUDE, "Degraded performance: Claude Opus 5.5, Claude Sonnet 5", &["t2", "t3"]),
    (ANTHROPIC, CLAUDE, "Errors on Claude Opus requests", &["t1", "t2"]),
    (ANTHROPIC, CLAUDE, "Slow responses across models", &[]),
    (OPENAI, GPT, "API: elevated error rates in gpt-5-mini", &["t2"]),
    (OPENAI, GPT, "Errors for GPT-5.6 Sol on the API", &["t3"]),
    (OPENAI, GPT, "GPT-5.6 latency", &["t3", "t4"]),
    (OPENAI, GPT, "GPT-5 and o3 responses are delayed", &["t1", "t5"]),
    (OPENAI, GPT, "Delays for fine-tuning jobs", &[]),
    (BEDROCK, ON_BEDROCK, "Increased throttling for Claude Opus 4.5", &["t1"]),
    (BEDROCK, ON_BEDROCK, "Amazon Nova Lite: errors", &["t2"]),
    (VERTEX, &["gemini-2.5-pro", "claude-opus-4-5@20251101"], "Gemini 2.5 Pro 429s", &["t1"]),
    (VERTEX, &["gemini-2.5-pro", "claude-opus-4-5@20251101"], "Claude Opus 4.5 errors", &["t2"]),
    (GEMINI, &["gemini-3.1-pro-preview"], "Gemini 3.1 Pro is overloaded", &["t1"]),
    (AZURE, &["gpt-4o", "gpt-35-turbo"], "Azure OpenAI: GPT-3.5 Turbo in East US", &["t2"]),
    (
        ("openai_compatible", "https://api.mistral.ai"),
        &["mistral-large-latest", "codestral-latest"],
        "Codestral: errors",
        &["t2"],
    ),
    (
        ("openai_compatible", "https://api.mistral.ai"),
        &["mistral-large-2512"],
        "Mistral Large 3 outage",
        &["t1"],
    ),
    (
        ("openai_compatible", "https://api.x.ai"),
        &["grok-4-0709", "grok-4-1-fast-reasoning"],
        "Grok 4.1 Fast degraded",
        &["t2"],
    ),
    (
        ("openai_compatible", "https://api.deepseek.com"),
        &["deepseek-v4-pro", "deepseek-chat"],
        "DeepSeek V4 Pro: slow",
        &["t1"],
    ),
    (
        ("openai_compatible", "https://api.cohere.com"),
        &["command-r-08-2024", "command-r-plus"],
        "Command R+ errors",
        &["t2"],
    ),
    (
        ("openai_compatible", "https://api.groq.com/openai"),
        &["llama-3.3-70b-versatile"],
        "Llama 3.3 70B unavailable",
        &["t1"],
    ),
    (("openai_compatible", "https://api.together.xyz"), TOGETHER, "Kimi K3 is down", &["t2"]),
    (
        ("openai_compatible", "https://api.fireworks.ai/inference"),
        &["accounts/fireworks/models/deepseek-v3p2", "accounts/fireworks/models/glm-5p3"],
        "GLM-5.3 errors",
        &["t2"],
    ),
    (
        ("openai_compatible", "https://api.perplexity.ai"),
        &["sonar", "sonar-pro"],
        "Sonar Pro timeouts",
        &["t2"],
    ),
    (
        ("openai_compatible", "https://openrouter.ai/api"),
        &["anthropic/claude-opus-4.5"],
        "Claude Opus 4.5 down",
        &["t1"],
    ),
    (
        ("openai_compatible", "https://router.huggingface.co"),
        &["openai/gpt-oss-120b:groq"],
        "gpt-oss-120b fails",
        &["t1"],
    ),
    (
        ("openai_compatible", "https://api.replicate.com"),
        &["meta/llama-4-maverick-instruct"],
        "Llama 4 Maverick slow",
        &["t1"],
    ),
];

#[test]
fn each_vendors_titles_name_the_targets_that_they_mean() {
    let wrong = TITLES.iter().filter_map(|((kind, url), models, title, expected)| {
        let named = named(kind, url, models, title);
        (named != *expected).then(|| format!("{title}: {named:?} and not {expected:?}"))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_targets_own_id_is_no_name_and_no_word_is_one_by_chance() {
    let text = "[[targets]]\nid = \"fast\"\nprovider = \"p\"\nmodel = \"claude-haiku-4-5\"\n";
    let setup = setup(ANTHROPIC.0, ANTHROPIC.1, &["claude-opus-4-5"], text);
    let page = &setup.pages[0];
    let title = "We will share news as fast as possible";
    assert_eq!(incident(&setup, page, title, "").targets, []);
    assert_eq!(incident(&setup, page, "Haiku 4.5 is slow", "").targets[0].as_str(), "fast");
}

#[test]
fn an_incident_of_a_listed_model_that_is_no_target_is_none_of_ours_unless_a_target_may_be_it() {
    let title = "Elevated errors for GPT-5.6 Sol";
    let sure = setup(OPENAI.0, OPENAI.1, &["gpt-5"], "");
    assert!(!incident(&sure, &sure.pages[0], title, "").concerns_api());
    let unknown = "Elevated errors for GPT-99 Vega";
    assert!(
        incident(&sure, &sure.pages[0], unknown, "").concerns_api(),
        "the provider's as a whole"
    );
    let deployment = setup(AZURE.0, AZURE.1, &["prod-chat"], "");
    let page = page_of(&deployment, AZURE.0, AZURE.1);
    assert!(incident(&deployment, &page, title, "").concerns_api(), "it may be any model");
}

#[test]
fn a_users_names_come_before_the_list() {
    let models = "[[providers.models]]\nsays = [\"GPT-5\", \"Chat model\"]\nis = [\"prod-chat\"]\n";
    let setup = setup(AZURE.0, AZURE.1, &["prod-chat", "gpt-5"], models);
    let page = &setup.pages[0];
    let targets = |title: &str| -> Vec<String> {
        incident(&setup, page, title, "").targets.iter().map(ToString::to_string).collect()
    };
    assert_eq!(targets("GPT-5: errors"), ["t1"]);
    assert_eq!(targets("The chat model is slow"), ["t1"]);
}

#[test]
fn a_component_of_one_family_stands_for_its_targets_only() {
    let rules = |models: &[&str]| components_of(VERTEX, models);
    let both = rules(&["gemini-2.5-pro", "claude-opus-4-5@20251101"]);
    assert_eq!(both[0].targets.iter().map(TargetId::as_str).collect::<Vec<_>>(), ["t1"]);
    assert!(both[0].serves && both[1].serves && both[1].targets.is_empty());
    let claude = rules(&["claude-opus-4-5@20251101"]);
    assert!(!claude[0].serves, "Gemini's component is none of a Claude user's");
}

fn components_of((kind, url): (&str, &str), models: &[&str]) -> Vec<ComponentRule> {
    let setup = setup(kind, url, models, "");
    components(&setup, &setup.pages[0])
}
