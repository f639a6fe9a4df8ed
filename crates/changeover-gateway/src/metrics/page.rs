//! What stands on `GET /metrics`: every family, with what its figures mean.

use changeover_config::Catalogue;
use changeover_domain::admin::RouteState;
use changeover_domain::{BreakerState, ForcedState, Mode, ProviderKind, TargetId, UnixMs};
use changeover_policy::throttle::ThrottleReport;

use super::text::{Format, Kind, Labels, Page, decimal};
use super::{Metrics, Operation, RequestKey};

/// How the gateway stands at this moment, beside what it has counted.
#[derive(Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) routes: Vec<RouteState>,
    pub(crate) gates: Vec<(TargetId, ThrottleReport)>,
    /// By caller: how many of its requests are under way.
    pub(crate) callers: Vec<(String, u32)>,
    /// Answers that are kept, and their bytes.
    pub(crate) cache: (usize, usize),
    /// By listener: when the certificate that it shows runs out.
    pub(crate) certificates: Vec<(&'static str, UnixMs)>,
    pub(crate) started_at: UnixMs,
    pub(crate) draining: bool,
}

/// Everything, as one text.
pub(crate) fn page(metrics: &Metrics, standing: &Standing<'_>, format: Format) -> String {
    let mut page = Page::new(format);
    gen_ai_client(&mut page, metrics, standing.catalogue);
    gen_ai_server(&mut page, metrics, standing.catalogue);
    requests(&mut page, metrics);
    attempts(&mut page, metrics);
    degradation(&mut page, metrics);
    levers(&mut page, &standing.routes);
    breakers(&mut page, &standing.routes);
    gates(&mut page, &standing.gates);
    callers(&mut page, &standing.callers);
    process(&mut page, standing);
    page.finished()
}

/// Attempts at providers, as OpenTelemetry's conventions have a client tell them.
fn gen_ai_client(page: &mut Page, metrics: &Metrics, catalogue: &Catalogue) {
    let mut family = page.family(
        "gen_ai_client_operation_duration_seconds",
        Kind::Histogram,
        Some("seconds"),
        "Attempts at providers, to their end.",
    );
    for ((target, operation, outcome), histogram) in &metrics.attempt_durations_ms {
        let mut labels = provider_labels(catalogue, target, *operation);
        labels.extend(error_type(outcome));
        family.histogram(&labels, histogram, seconds);
    }
    let mut family = page.family(
        "gen_ai_client_operation_time_to_first_chunk_seconds",
        Kind::Histogram,
        Some("seconds"),
        "Streamed attempts at providers, to the first content.",
    );
    for ((target, operation), histogram) in &metrics.attempt_first_chunks_ms {
        family.histogram(&provider_labels(catalogue, target, *operation), histogram, seconds);
    }
    let mut family = page.family(
        "gen_ai_client_token_usage",
        Kind::Histogram,
        None,
        "Tokens per attempt, as the vendor counted them.",
    );
    for ((target, operation, kind), histogram) in &metrics.tokens_per_attempt {
        let mut labels = provider_labels(catalogue, target, *operation);
        labels.push(("gen_ai_token_type", (*kind).to_owned()));
        family.histogram(&labels, histogram, |tokens| format!("{tokens}.0"));
    }
}

/// Requests of applications, as the conventions have a server tell them.
fn gen_ai_server(page: &mut Page, metrics: &Metrics, catalogue: &Catalogue) {
    let labels = |(route, target, operation): &RequestKey| {
        let mut labels = match target {
            Some(target) => provider_labels(catalogue, target, *operation),
            None => own_labels(*operation),
        };
        labels.push(("route", route.to_string()));
        labels
    };
    let mut family = page.family(
        "gen_ai_server_request_duration_seconds",
        Kind::Histogram,
        Some("seconds"),
        "Requests from their arrival to the end of their answer, with all attempts.",
    );
    for ((key, outcome), histogram) in &metrics.request_durations_ms {
        let mut labels = labels(key);
        labels.extend(error_type(outcome));
        family.histogram(&labels, histogram, seconds);
    }
    let mut family = page.family(
        "gen_ai_server_time_to_first_token_seconds",
        Kind::Histogram,
        Some("seconds"),
        "Streamed requests from their arrival to the first content, with all attempts.",
    );
    for (key, histogram) in &metrics.request_first_tokens_ms {
        family.histogram(&labels(key), histogram, seconds);
    }
}

fn requests(page: &mut Page, metrics: &Metrics) {
    let help = "Requests that ended, by how they ended.";
    let mut family = page.family("changeover_requests", Kind::Counter, None, help);
    for ((route, mode, outcome), count) in &metrics.requests {
        let labels = vec![
            ("route", route.to_string()),
            ("mode", mode.as_str().to_owned()),
            ("outcome", (*outcome).to_owned()),
        ];
        family.value(&labels, count);
    }
    let help = "Requests that were refused before they came to a route, by HTTP status.";
    let mut family = page.family("changeover_requests_turned_away", Kind::Counter, None, help);
    for (status, count) in &metrics.turned_away {
        family.value(&vec![("status", status.to_string())], count);
    }
    let help = "Requests that were turned away because their caller had too many under way.";
    let name = "changeover_caller_requests_refused";
    let mut family = page.family(name, Kind::Counter, None, help);
    for (caller, count) in &metrics.without_seat {
        family.value(&vec![("caller", caller.clone())], count);
    }
    let help = "Webhooks of status pages that knew the way in, by what became of them.";
    let mut family = page.family("changeover_webhooks", Kind::Counter, None, help);
    for ((source, hook), count) in &metrics.hooks {
        family.value(&vec![("page", source.to_string()), ("outcome", hook.as_str().into())], count);
    }
    let help = "Attempts at providers beyond the first of each request.";
    let mut family = page.family("changeover_retries", Kind::Counter, None, help);
    for (route, count) in &metrics.retries {
        family.value(&vec![("route", route.to_string())], count);
    }
}

fn attempts(page: &mut Page, metrics: &Metrics) {
    let help = "Tokens, as vendors counted them. Of input some are read from a cache or written to one, of output some reasoning.";
    let mut family = page.family("changeover_tokens", Kind::Counter, None, help);
    for ((target, kind), count) in &metrics.tokens {
        family.value(&vec![("target", target.to_string()), ("kind", (*kind).to_owned())], count);
    }
    let help = "What attempts cost, as far as it is known.";
    let mut family = page.family("changeover_cost_dollars", Kind::Counter, Some("dollars"), help);
    for (target, nanodollars) in &metrics.cost_nanodollars {
        family.value(&vec![("target", target.to_string())], decimal(*nanodollars, 9));
    }
    let help = "Attempts that used something and whose cost is not known.";
    let mut family = page.family("changeover_attempts_unpriced", Kind::Counter, None, help);
    for (target, count) in &metrics.unpriced {
        family.value(&vec![("target", target.to_string())], count);
    }
    let help = "Answers that were not what their request asked for, by what was wrong.";
    let mut family = page.family("changeover_answers_invalid", Kind::Counter, None, help);
    for ((target, class), count) in &metrics.invalid {
        family.value(&vec![("target", target.to_string()), ("class", (*class).to_owned())], count);
    }
    let help = "Answers that lacked something that was asked for, by what.";
    let mut family = page.family("changeover_lost_features", Kind::Counter, None, help);
    for ((target, feature), count) in &metrics.lost {
        let labels = vec![("target", target.to_string()), ("feature", (*feature).to_owned())];
        family.value(&labels, count);
    }
}

fn degradation(page: &mut Page, metrics: &Metrics) {
    let help = "Looks into the cache: hit, stale (given in mode cached), miss.";
    let mut family = page.family("changeover_cache_lookups", Kind::Counter, None, help);
    for ((route, found), count) in &metrics.cache {
        let found = ("result", found.as_str().to_owned());
        family.value(&vec![("route", route.to_string()), found], count);
    }
    let help = "Requests that were turned away because too many were waiting, by criticality.";
    let mut family = page.family("changeover_requests_shed", Kind::Counter, None, help);
    for (tier, count) in &metrics.sheds {
        family.value(&vec![("criticality", (*tier).to_owned())], count);
    }
    let help = "Requests that stepped down their route's ladder by themselves, by the mode below.";
    let mut family = page.family("changeover_step_downs", Kind::Counter, None, help);
    for ((route, mode), count) in &metrics.step_downs {
        let labels = vec![("route", route.to_string()), ("mode", mode.as_str().to_owned())];
        family.value(&labels, count);
    }
}

fn callers(page: &mut Page, callers: &[(String, u32)]) {
    let help = "Requests of a caller that are under way.";
    let mut family = page.family("changeover_caller_requests", Kind::Gauge, None, help);
    for (caller, under_way) in callers {
        family.value(&vec![("caller", caller.clone())], under_way);
    }
}

fn levers(page: &mut Page, routes: &[RouteState]) {
    let help = "The generation of the override that is loaded.";
    let mut family = page.family("changeover_route_generation", Kind::Gauge, None, help);
    for route in routes {
        family.value(&vec![("route", route.route.to_string())], route.generation);
    }
    let help = "1 while an override is in force.";
    let mut family = page.family("changeover_route_overridden", Kind::Gauge, None, help);
    for route in routes {
        let value = u8::from(route.r#override.is_some());
        family.value(&vec![("route", route.route.to_string())], value);
    }
    let help = "1 for the mode that the route is in.";
    let mut family = page.family("changeover_route_mode", Kind::Gauge, None, help);
    for route in routes {
        for mode in &route.modes {
            family.value(&mode_labels(route, *mode), u8::from(route.effective.mode == *mode));
        }
    }
    let help = "1 for the target that the next request goes to first.";
    let mut family = page.family("changeover_route_target", Kind::Gauge, None, help);
    for route in routes {
        for target in &route.targets {
            let labels = vec![("route", route.route.to_string()), ("target", target.to_string())];
            family.value(&labels, u8::from(route.effective.target.as_ref() == Some(target)));
        }
    }
}

fn mode_labels(route: &RouteState, mode: Mode) -> Labels {
    vec![("route", route.route.to_string()), ("mode", mode.as_str().to_owned())]
}

fn breakers(page: &mut Page, routes: &[RouteState]) {
    let reports = || {
        routes.iter().flat_map(|route| {
            route.breakers.iter().map(move |breaker| {
                let labels = vec![
                    ("route", route.route.to_string()),
                    ("target", breaker.target.to_string()),
                ];
                (labels, breaker)
            })
        })
    };
    let help = "1 where the breaker lets ordinary traffic through.";
    let mut family = page.family("changeover_breaker_lets_through", Kind::Gauge, None, help);
    for (labels, breaker) in reports() {
        family.value(&labels, u8::from(breaker.lets_through()));
    }
    let help = "1 for the state that the breaker found by itself.";
    let mut family = page.family("changeover_breaker_state", Kind::Gauge, None, help);
    for (labels, breaker) in reports() {
        for (name, state) in [
            ("closed", BreakerState::Closed),
            ("half_open", BreakerState::HalfOpen),
            ("open", BreakerState::Open),
        ] {
            let mut labels = labels.clone();
            labels.push(("state", name.to_owned()));
            family.value(&labels, u8::from(breaker.observed == state));
        }
    }
    let help = "1 for the state that an operator forced upon the breaker.";
    let mut family = page.family("changeover_breaker_forced", Kind::Gauge, None, help);
    for (labels, breaker) in reports() {
        for (name, state) in
            [("open", ForcedState::ForcedOpen), ("closed", ForcedState::ForcedClosed)]
        {
            let mut labels = labels.clone();
            labels.push(("state", name.to_owned()));
            family.value(&labels, u8::from(breaker.forced == Some(state)));
        }
    }
}

fn gates(page: &mut Page, gates: &[(TargetId, ThrottleReport)]) {
    let labels = |target: &TargetId| vec![("target", target.to_string())];
    let help = "How many requests the target is sent at once at most, as rate limits have taught.";
    let mut family = page.family("changeover_target_limit", Kind::Gauge, None, help);
    for (target, gate) in gates {
        family.value(&labels(target), gate.limit);
    }
    let help = "Requests that are at the target.";
    let mut family = page.family("changeover_target_in_flight", Kind::Gauge, None, help);
    for (target, gate) in gates {
        family.value(&labels(target), gate.in_flight);
    }
    let help = "Requests that wait for the target.";
    let mut family = page.family("changeover_target_waiting", Kind::Gauge, None, help);
    for (target, gate) in gates {
        family.value(&labels(target), gate.waiting);
    }
}

fn process(page: &mut Page, standing: &Standing<'_>) {
    let (answers, bytes) = standing.cache;
    let help = "Answers that are kept.";
    page.family("changeover_cache_answers", Kind::Gauge, None, help).value(&vec![], answers);
    let help = "What the kept answers take in memory.";
    page.family("changeover_cache_bytes", Kind::Gauge, Some("bytes"), help).value(&vec![], bytes);
    let help = "When the certificate that a listener shows runs out, since 1970.";
    let name = "changeover_tls_certificate_expiry_seconds";
    let mut family = page.family(name, Kind::Gauge, Some("seconds"), help);
    for (listener, until) in &standing.certificates {
        family.value(&vec![("listener", (*listener).to_owned())], since_1970(*until));
    }
    let help = "When the gateway was started, since 1970.";
    page.family("changeover_start_time_seconds", Kind::Gauge, Some("seconds"), help)
        .value(&vec![], since_1970(standing.started_at));
    let help = "1 while the gateway goes down.";
    page.family("changeover_draining", Kind::Gauge, None, help)
        .value(&vec![], u8::from(standing.draining));
    let help = "Always 1; which version it is stands in the label.";
    page.family("changeover_build", Kind::Gauge, None, help)
        .value(&vec![("version", env!("CARGO_PKG_VERSION").to_owned())], 1);
}

fn provider_labels(catalogue: &Catalogue, target: &TargetId, operation: Operation) -> Labels {
    let known = catalogue.target(target);
    let provider = known
        .and_then(|target| catalogue.provider(&target.provider))
        .map_or("unknown", |access| semantic_name(access.provider.kind));
    let model = known.map_or("unknown", |target| target.model.as_str());
    vec![
        ("gen_ai_operation_name", operation.as_str().to_owned()),
        ("gen_ai_provider_name", provider.to_owned()),
        ("gen_ai_request_model", model.to_owned()),
        ("target", target.to_string()),
    ]
}

/// Of answers that no provider gave.
fn own_labels(operation: Operation) -> Labels {
    vec![
        ("gen_ai_operation_name", operation.as_str().to_owned()),
        ("gen_ai_provider_name", "changeover".to_owned()),
    ]
}

fn error_type(outcome: &str) -> Option<(&'static str, String)> {
    (outcome != "ok").then(|| ("error_type", outcome.to_owned()))
}

/// The provider's name in OpenTelemetry's list, or one of our own where it has none.
fn semantic_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Anthropic => "anthropic",
        ProviderKind::Openai => "openai",
        ProviderKind::Gemini => "gcp.gemini",
        ProviderKind::AzureOpenai => "azure.ai.openai",
        ProviderKind::Bedrock => "aws.bedrock",
        ProviderKind::OpenaiCompatible => "openai_compatible",
    }
}

/// Milliseconds as seconds, exactly.
fn seconds(millis: u64) -> String {
    decimal(millis, 3)
}

fn since_1970(at: UnixMs) -> String {
    decimal(u64::try_from(at.0).unwrap_or(0), 3)
}
