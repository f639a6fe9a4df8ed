use std::collections::{BTreeMap, BTreeSet};

use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{Capabilities, Provider, ProviderId, ProviderKind, Slo, Target, UnixMs};

use super::*;

/// A page, read as strictly as the two formats allow.
#[derive(Debug)]
struct Parsed {
    format: Format,
    /// The one that is being read.
    family: String,
    types: BTreeMap<String, String>,
    /// By name and labels as they stand.
    samples: BTreeMap<String, f64>,
}

impl Parsed {
    fn read(text: &str, format: Format) -> Self {
        let mut parsed = Self {
            format,
            family: String::new(),
            types: BTreeMap::new(),
            samples: BTreeMap::new(),
        };
        let mut lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(lines.pop(), Some(""), "the last line has its end");
        if format == Format::OpenMetrics {
            assert_eq!(lines.pop(), Some("# EOF"), "nothing may come after the end, or be missing");
        }
        for line in lines {
            if let Some(comment) = line.strip_prefix("# ") {
                let mut words = comment.splitn(3, ' ');
                let (what, name) = (words.next().unwrap(), words.next().unwrap());
                let rest = words.next().unwrap_or_default();
                parsed.comment(what, name, rest);
            } else {
                parsed.sample(line);
            }
        }
        parsed.histograms_add_up();
        parsed
    }

    fn comment(&mut self, what: &str, name: &str, rest: &str) {
        match what {
            "TYPE" => {
                let again = self.types.insert(name.to_owned(), rest.to_owned());
                assert_eq!(again, None, "the family {name} is whole and in one place");
                name.clone_into(&mut self.family);
            }
            "UNIT" => {
                assert_eq!(self.format, Format::OpenMetrics);
                assert!(name.ends_with(&format!("_{rest}")), "{name} bears its unit {rest}");
            }
            "HELP" => assert!(!rest.is_empty()),
            _ => panic!("{what} is no comment of the format"),
        }
        assert_eq!(name, self.family, "comments are about the family that follows");
    }

    fn sample(&mut self, line: &str) {
        let (family, format) = (self.family.as_str(), self.format);
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap();
        let name = series.split('{').next().unwrap();
        let suffixes: &[&str] = match (self.types[family].as_str(), format) {
            ("counter", Format::OpenMetrics) => &["_total"],
            ("counter" | "gauge", _) => &[""],
            ("histogram", _) => &["_bucket", "_count", "_sum"],
            (kind, _) => panic!("{kind} is no type of ours"),
        };
        let suffix = name.strip_prefix(family);
        assert!(suffix.is_some_and(|suffix| suffixes.contains(&suffix)), "{name} in {family}");
        let counts = self.types[family] != "gauge";
        assert!(value.is_finite() && (!counts || value >= 0.0), "{line}");
        let labels = labels(series);
        let names: BTreeSet<&str> = labels.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), labels.len(), "a label stands once: {line}");
        assert_eq!(self.samples.insert(series.to_owned(), value), None, "a series stands once");
    }

    /// Buckets rise, and the last one has all.
    fn histograms_add_up(&self) {
        for (series, count) in &self.samples {
            let name = series.split('{').next().unwrap();
            let Some(family) = name.strip_suffix("_count") else { continue };
            let own = labels(series);
            let mut buckets: Vec<(f64, f64)> = self
                .samples
                .iter()
                .filter(|(series, _)| series.starts_with(&format!("{family}_bucket{{")))
                .filter_map(|(series, value)| {
                    let mut labels = labels(series);
                    let (last, bound) = labels.pop()?;
                    assert_eq!(last, "le");
                    let bound =
                        if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
                    (labels == own).then_some((bound, *value))
                })
                .collect();
            buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
            assert!(buckets.is_sorted_by(|(_, one), (_, other)| one <= other), "{series}");
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, *count)), "{series}");
            assert!(self.samples.contains_key(&series.replacen("_count", "_sum", 1)));
        }
    }
}

/// The labels of a series, with their escapes undone.
fn labels(series: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = series.split_once('{') else { return Vec::new() };
    let mut rest = rest.strip_suffix('}').unwrap();
    let mut labels = Vec::new();
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        let mut value = String::new();
        let mut characters = after.char_indices();
        let end = loop {
            let (at, character) = characters.next().unwrap();
            match character {
                '"' => break at,
                '\\' => match characters.next().unwrap().1 {
                    'n' => value.push('\n'),
                    escaped @ ('\\' | '"') => value.push(escaped),
                    other => panic!("\\{other} is no escape"),
                },
                other => value.push(other),
            }
        };
        labels.push((name.to_owned(), value));
        rest = after.split_at(end + 1).1;
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    labels
}

fn target() -> TargetId {
    TargetId::try_new("opus").unwrap()
}

fn route() -> RouteId {
    RouteId::try_new("chat").unwrap()
}

/// A model's name is a person's to choose, with whatever is in it.
fn catalogue() -> Catalogue {
    let provider = ProviderId::try_new("p").unwrap();
    Catalogue {
        providers: vec![ProviderAccess {
            provider: Provider {
                id: provider.clone(),
                name: "P".into(),
                kind: ProviderKind::Anthropic,
                base_url: "http://127.0.0.1:9".into(),
            },
            key: None,
            tls: changeover_http::ClientTls::default(),
        }],
        targets: vec![Target {
            id: target(),
            provider,
            model: "a \"quoted\\\nname".into(),
            region: None,
            capabilities: Capabilities::default(),
            slo: Slo::default(),
        }],
        ..Catalogue::default()
    }
}

fn counted() -> Metrics {
    let mut metrics = Metrics::default();
    let usage = TokenUsage {
        input_tokens: 10,
        cached_input_tokens: 4,
        cache_write_tokens: 3,
        cache_write_1h_tokens: 1,
        output_tokens: 5,
        reasoning_tokens: 2,
    };
    for (outcome, millis, first_chunk) in [
        (Outcome::Ok, 15, Some(Duration::from_millis(7))),
        (Outcome::Ok, 100_000, None),
        (Outcome::Failed(FailureClass::Overloaded), 5, None),
    ] {
        metrics.count_attempt(&Attempt {
            target: &target(),
            operation: Operation::Chat,
            outcome,
            took: Duration::from_millis(millis),
            first_chunk,
            usage: Some(usage),
        });
    }
    metrics.count_request(&Ended {
        route: &route(),
        target: Some(&target()),
        operation: Operation::Chat,
        mode: Mode::Full,
        outcome: Outcome::Ok,
        took: Duration::from_millis(120),
        first_token: Some(Duration::from_millis(30)),
        retries: 2,
    });
    metrics.count_cost(&target(), Some(Nanodollars(1_500_000_001)));
    metrics.count_cost(&target(), None);
    metrics.count_invalid(&target(), FailureClass::MalformedOutput);
    metrics.count_cache(&route(), CacheLookup::Stale);
    metrics.count_shed(Criticality::CanDelay);
    metrics.count_step_down(&route(), Mode::Short);
    metrics.count_turned_away(404);
    metrics.count_without_seat("shop");
    metrics
}

fn told(metrics: &Metrics, format: Format) -> (String, Parsed) {
    let catalogue = catalogue();
    let standing = Standing {
        catalogue: &catalogue,
        routes: Vec::new(),
        gates: Vec::new(),
        callers: vec![("shop".to_owned(), 3)],
        cache: (3, 4_096),
        certificates: vec![("admin", UnixMs(1_900_000_000_500))],
        started_at: UnixMs(1_790_000_040_000),
        draining: false,
    };
    let text = page(metrics, &standing, format);
    let parsed = Parsed::read(&text, format);
    (text, parsed)
}

#[test]
fn what_was_counted_is_told_under_the_conventions_names() {
    let (text, parsed) = told(&counted(), Format::OpenMetrics);
    let provider = "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"anthropic\",\
                    gen_ai_request_model=\"a \\\"quoted\\\\\\nname\",target=\"opus\"";
    for (series, value) in [
        (format!("gen_ai_client_operation_duration_seconds_bucket{{{provider},le=\"0.01\"}}"), 0.0),
        (format!("gen_ai_client_operation_duration_seconds_bucket{{{provider},le=\"0.02\"}}"), 1.0),
        (format!("gen_ai_client_operation_duration_seconds_sum{{{provider}}}"), 100.015),
        (
            format!(
                "gen_ai_client_operation_duration_seconds_count{{{provider},error_type=\"overloaded\"}}"
            ),
            1.0,
        ),
        (format!("gen_ai_client_operation_time_to_first_chunk_seconds_sum{{{provider}}}"), 0.007),
        (format!("gen_ai_client_token_usage_sum{{{provider},gen_ai_token_type=\"input\"}}"), 30.0),
        (
            format!("gen_ai_server_time_to_first_token_seconds_sum{{{provider},route=\"chat\"}}"),
            0.03,
        ),
        (format!("gen_ai_server_request_duration_seconds_sum{{{provider},route=\"chat\"}}"), 0.12),
        ("changeover_requests_total{route=\"chat\",mode=\"full\",outcome=\"ok\"}".into(), 1.0),
        ("changeover_requests_turned_away_total{status=\"404\"}".into(), 1.0),
        ("changeover_retries_total{route=\"chat\"}".into(), 2.0),
        ("changeover_tokens_total{target=\"opus\",kind=\"cached_input\"}".into(), 12.0),
        ("changeover_tokens_total{target=\"opus\",kind=\"cache_write\"}".into(), 9.0),
        ("changeover_tokens_total{target=\"opus\",kind=\"cache_write_1h\"}".into(), 3.0),
        ("changeover_tokens_total{target=\"opus\",kind=\"reasoning\"}".into(), 6.0),
        ("changeover_cost_dollars_total{target=\"opus\"}".into(), 1.500_000_001),
        ("changeover_attempts_unpriced_total{target=\"opus\"}".into(), 1.0),
        (
            "changeover_answers_invalid_total{target=\"opus\",class=\"malformed_output\"}".into(),
            1.0,
        ),
        ("changeover_cache_lookups_total{route=\"chat\",result=\"stale\"}".into(), 1.0),
        ("changeover_requests_shed_total{criticality=\"can_delay\"}".into(), 1.0),
        ("changeover_caller_requests_refused_total{caller=\"shop\"}".into(), 1.0),
        ("changeover_caller_requests{caller=\"shop\"}".into(), 3.0),
        ("changeover_step_downs_total{route=\"chat\",mode=\"short\"}".into(), 1.0),
        ("changeover_tls_certificate_expiry_seconds{listener=\"admin\"}".into(), 1_900_000_000.5),
        ("changeover_cache_bytes".into(), 4_096.0),
    ] {
        let found = parsed.samples.get(&series).copied();
        assert!(
            found.is_some_and(|found| (found - value).abs() < 1e-9),
            "{series} is {found:?}, not {value}, in\n{text}"
        );
    }
}

#[test]
fn who_asks_for_the_older_format_gets_it_with_the_same_figures() {
    let metrics = counted();
    let (_, open) = told(&metrics, Format::OpenMetrics);
    let (text, plain) = told(&metrics, Format::Prometheus);
    assert_eq!(open.samples, plain.samples);
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
    assert!(text.contains("# TYPE changeover_requests_total counter"), "{text}");
    for (accept, expected) in [
        (None, Format::OpenMetrics),
        (Some("*/*"), Format::OpenMetrics),
        (Some("text/plain;version=0.0.4"), Format::Prometheus),
        (
            Some("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"),
            Format::OpenMetrics,
        ),
    ] {
        assert_eq!(Format::accepted(accept), expected, "{accept:?}");
    }
}

#[test]
fn a_gateway_that_has_carried_nothing_tells_a_valid_page_too() {
    for format in [Format::OpenMetrics, Format::Prometheus] {
        let (_, parsed) = told(&Metrics::default(), format);
        assert_eq!(parsed.types["changeover_draining"], "gauge");
    }
}
