//! The OpenMetrics text.

use std::fmt::Write as _;

use changeover_config::Catalogue;
use changeover_domain::admin::RouteState;
use changeover_domain::{ProviderKind, TargetId};

use super::{Histogram, Metrics};

/// What goes with [`exposition`].
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Everything, as one text.
pub(crate) fn exposition(
    metrics: &Metrics,
    routes: &[RouteState],
    catalogue: &Catalogue,
) -> String {
    let mut text = String::new();
    requests(&mut text, metrics);
    durations(&mut text, metrics, catalogue);
    tokens(&mut text, metrics, catalogue);
    losses(&mut text, metrics);
    gauges(&mut text, routes);
    text.push_str("# EOF\n");
    text
}

/// Writing to a `String` cannot fail, so the result is of no interest.
fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    text.write_fmt(line).ok();
    text.push('\n');
}

fn family(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# TYPE {name} {kind}"));
    line(text, format_args!("# HELP {name} {help}"));
}

fn requests(text: &mut String, metrics: &Metrics) {
    let help = "Requests that ended, by how they ended.";
    family(text, "changeover_requests", "counter", help);
    for ((route, mode, outcome), count) in &metrics.requests {
        let mode = mode.as_str();
        line(
            text,
            format_args!(
                "changeover_requests_total{{route=\"{route}\",mode=\"{mode}\",outcome=\"{outcome}\"}} {count}"
            ),
        );
    }
}

fn durations(text: &mut String, metrics: &Metrics, catalogue: &Catalogue) {
    let name = "gen_ai_client_operation_duration_seconds";
    family(text, name, "histogram", "Attempts at providers.");
    line(text, format_args!("# UNIT {name} seconds"));
    for ((target, outcome), histogram) in &metrics.durations_ms {
        let mut labels = labels(catalogue, target);
        if *outcome != "ok" {
            write!(labels, ",error_type=\"{outcome}\"").ok();
        }
        series(text, name, &labels, histogram, seconds);
    }
}

fn tokens(text: &mut String, metrics: &Metrics, catalogue: &Catalogue) {
    let name = "gen_ai_client_token_usage";
    family(text, name, "histogram", "Tokens per attempt, as the vendor counted them.");
    for ((target, kind), histogram) in &metrics.tokens {
        let mut labels = labels(catalogue, target);
        write!(labels, ",gen_ai_token_type=\"{kind}\"").ok();
        series(text, name, &labels, histogram, |value| value.to_string());
    }
}

fn losses(text: &mut String, metrics: &Metrics) {
    let help = "Answers that lacked something that was asked for, by what.";
    family(text, "changeover_lost_features", "counter", help);
    for ((target, feature), count) in &metrics.lost {
        line(
            text,
            format_args!(
                "changeover_lost_features_total{{target=\"{target}\",feature=\"{feature}\"}} {count}"
            ),
        );
    }
}

fn gauges(text: &mut String, routes: &[RouteState]) {
    let help = "The generation of the override that is loaded.";
    family(text, "changeover_route_generation", "gauge", help);
    for route in routes {
        let (id, generation) = (&route.route, route.generation);
        line(text, format_args!("changeover_route_generation{{route=\"{id}\"}} {generation}"));
    }
    let help = "1 where the breaker lets ordinary traffic through.";
    family(text, "changeover_breaker_lets_through", "gauge", help);
    for route in routes {
        for breaker in &route.breakers {
            let (id, target) = (&route.route, &breaker.target);
            let value = u8::from(breaker.lets_through());
            line(
                text,
                format_args!(
                    "changeover_breaker_lets_through{{route=\"{id}\",target=\"{target}\"}} {value}"
                ),
            );
        }
    }
}

fn labels(catalogue: &Catalogue, target: &TargetId) -> String {
    let known = catalogue.target(target);
    let kind = known
        .and_then(|target| catalogue.provider(&target.provider))
        .map_or("unknown", |access| semantic_name(access.provider.kind));
    let model = known.map_or("unknown", |target| target.model.as_str());
    format!(
        "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"{kind}\",gen_ai_request_model=\"{}\",target=\"{target}\"",
        escaped(model)
    )
}

/// The provider's name in OpenTelemetry's list.
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

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn series(
    text: &mut String,
    name: &str,
    labels: &str,
    histogram: &Histogram,
    shown: impl Fn(u64) -> String,
) {
    let mut so_far = 0_u64;
    let bounds = histogram.bounds.iter().map(|bound| shown(*bound)).chain(["+Inf".to_owned()]);
    for (bound, count) in bounds.zip(histogram.counts) {
        so_far += count;
        line(text, format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {so_far}"));
    }
    line(text, format_args!("{name}_count{{{labels}}} {so_far}"));
    let sum = shown(histogram.sum);
    line(text, format_args!("{name}_sum{{{labels}}} {sum}"));
}

/// Milliseconds as seconds, exactly.
fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use changeover_domain::{FailureClass, Mode, Outcome, RouteId, TokenUsage};

    use super::super::Attempt;
    use super::*;

    #[test]
    fn the_text_is_cumulative_in_seconds_and_ends_as_it_must() {
        let mut metrics = Metrics::default();
        let target = TargetId::try_new("opus").unwrap();
        let route = RouteId::try_new("chat").unwrap();
        metrics.count_request(&route, Mode::Full, Outcome::Ok);
        for (outcome, millis) in [
            (Outcome::Ok, 15),
            (Outcome::Ok, 100_000),
            (Outcome::Failed(FailureClass::Overloaded), 5),
        ] {
            metrics.count_attempt(&Attempt {
                target: &target,
                outcome,
                took: Duration::from_millis(millis),
                usage: Some(TokenUsage::default()),
            });
        }
        let text = exposition(&metrics, &[], &Catalogue::default());
        let ok = "gen_ai_request_model=\"unknown\",target=\"opus\"";
        for expected in [
            "changeover_requests_total{route=\"chat\",mode=\"full\",outcome=\"ok\"} 1",
            &format!("{ok},le=\"0.010\"}} 0"),
            &format!("{ok},le=\"0.020\"}} 1"),
            &format!("{ok},le=\"81.920\"}} 1"),
            &format!("{ok},le=\"+Inf\"}} 2"),
            &format!(
                "_sum{{gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"unknown\",{ok}}} 100.015"
            ),
            "error_type=\"overloaded\",le=\"0.010\"} 1",
        ] {
            assert!(text.contains(expected), "`{expected}` is missing in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
