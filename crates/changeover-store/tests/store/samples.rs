//! One of each thing the store keeps, with every field filled.

use changeover_domain::audit::CHAIN_START;
use changeover_domain::traffic::{BucketKey, FailedAttempts};
use changeover_domain::{
    AuditAction, AuditEntry, ComponentState, Confidence, Convergence, ConvergenceStep, Episode,
    EpisodeId, EpisodePeak, Evidence, EvidenceSource, FailureClass, FallbackCause, FallbackCost,
    FallbackPeriod, ForcedBreaker, ForcedState, GatewayId, Generation, Impact, Incident,
    IncidentId, IncidentState, IncidentUpdate, LatencySketch, Mode, Nanodollars, OnExpiry, Outcome,
    Override, PageComponent, PeriodId, ProbePhases, ProbeSample, ProviderId, RouteId, Scope,
    Signature, SourceId, SourceState, StartBasis, TargetId, TokenUsage, TrafficBucket, UnixMs,
    Verdict, VerdictKind, WrittenTime,
};
use changeover_store::{AuditDraft, GatewayTraffic, Intent, Reader, Writer};

/// 20 November 2026, 14:00 UTC.
pub(crate) const T0: UnixMs = UnixMs(1_795_183_200_000);

pub(crate) fn target(name: &str) -> TargetId {
    TargetId::try_new(name).unwrap()
}

pub(crate) fn route(name: &str) -> RouteId {
    RouteId::try_new(name).unwrap()
}

pub(crate) fn gateway(name: &str) -> GatewayId {
    GatewayId::try_new(name).unwrap()
}

pub(crate) fn at(seconds: i64) -> UnixMs {
    T0.plus_millis(seconds * 1_000)
}

pub(crate) const USAGE: TokenUsage = TokenUsage {
    input_tokens: 1_200,
    cached_input_tokens: 800,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 300,
    reasoning_tokens: 0,
};

pub(crate) fn probe() -> ProbeSample {
    ProbeSample {
        lateness_ms: 12,
        phases: ProbePhases {
            first_byte_ms: Some(210),
            first_token_ms: Some(480),
            longest_gap_ms: Some(95),
            total_ms: 1_930,
            ..ProbePhases::default()
        },
        http_status: Some(529),
        tokens_per_second: Some(61.1),
        usage: Some(USAGE),
        cost: Some(Nanodollars(4_215_000)),
        answered_model: Some("claude-opus-4-5".into()),
        vendor_request_id: Some("req_011".into()),
        detail: Some("overloaded".into()),
        ..ProbeSample::bare(
            target("claude-opus"),
            at(10),
            Outcome::Failed(FailureClass::Overloaded),
            0,
        )
    }
}

pub(crate) fn source() -> SourceState {
    SourceState {
        id: SourceId::try_new("anthropic-statuspage").unwrap(),
        provider: ProviderId::try_new("anthropic").unwrap(),
        url: "http://127.0.0.1:7001/api/v2/summary.json".into(),
        page: ComponentState::Operational,
        last_good_at: Some(at(20)),
        last_tried_at: Some(at(50)),
        failures: 1,
        unreadable: false,
        network_down: false,
        problem: Some("no answer within 10 s".into()),
        platform: String::new(),
        interval_ms: None,
        components: Vec::new(),
    }
}

/// As rows of version 2 and before tell it.
pub(crate) fn incident() -> Incident {
    Incident {
        id: IncidentId { source: source().id, native: "k9/ü 7".into() },
        provider: ProviderId::try_new("anthropic").unwrap(),
        title: "Elevated errors on Opus".into(),
        state: IncidentState::Identified,
        impact: Impact::Major,
        severity: None,
        maintenance: None,
        started_at: at(0),
        start: StartBasis::OldestUpdate,
        ended_at: None,
        first_read_at: None,
        event: None,
        components: vec![PageComponent::new(
            None,
            "Claude API".into(),
            ComponentState::PartialOutage,
        )],
        targets: vec![target("claude-opus")],
        updates: vec![update("u1", 0), update("u2", 120)],
        url: Some("https://status.example/k9".into()),
    }
}

pub(crate) fn update(native: &str, seconds: i64) -> IncidentUpdate {
    IncidentUpdate {
        native: native.into(),
        at: at(seconds),
        written: WrittenTime::default(),
        state: Some(IncidentState::Investigating),
        text: "We are investigating.".into(),
    }
}

pub(crate) fn sketch(values: &[u32]) -> LatencySketch {
    let mut sketch = LatencySketch::default();
    values.iter().for_each(|value| sketch.record(*value));
    sketch
}

pub(crate) fn bucket() -> TrafficBucket {
    TrafficBucket {
        key: BucketKey {
            epoch: at(-600),
            minute: at(60),
            route: route("chat"),
            target: Some(target("gpt-main")),
            mode: Mode::Full,
            outcome: Outcome::Ok,
            generation: Generation(42),
            effective_since: at(30),
            fallback: true,
        },
        requests: 137,
        retries: 5,
        cache_hits: 2,
        latency: sketch(&[900, 1_400, 5_200]),
        time_to_first_token: sketch(&[210, 480, 700]),
        usage: USAGE,
        cost: Nanodollars(512_000_000),
        unpriced: 1,
        failed_attempts: vec![FailedAttempts {
            target: target("claude-opus"),
            class: FailureClass::Overloaded,
            whose: None,
            count: 5,
        }],
    }
}

pub(crate) fn verdict() -> Verdict {
    Verdict {
        target: target("claude-opus"),
        kind: VerdictKind::TheirOutage,
        scope: Scope::Provider,
        signature: None,
        confidence: Confidence::High,
        since: at(40),
        sentence: "their outage, all models · status page silent".into(),
        evidence: vec![Evidence {
            source: EvidenceSource::Probes,
            sentence: "9 of 10 probes failed with 529".into(),
            at: at(39),
        }],
        would_change: vec![],
    }
}

pub(crate) fn period(id: &str) -> FallbackPeriod {
    FallbackPeriod {
        id: PeriodId::try_new(id).unwrap(),
        route: route("chat"),
        primary: target("claude-opus"),
        served_by: Some(target("gpt-main")),
        mode: Mode::Full,
        cause: FallbackCause::Manual,
        holder: Some("mk".into()),
        reason: Some("529s".into()),
        started_at: at(30),
        ended_at: None,
        cost: FallbackCost {
            requests: 20_030,
            answered: 19_970,
            usage: USAGE,
            actual: Nanodollars(25_610_000_000),
            unpriced: 3,
            on_primary: Some(Nanodollars(23_090_000_000)),
            premium: Some(Nanodollars(2_520_000_000)),
        },
    }
}

pub(crate) fn episode() -> Episode {
    Episode {
        id: EpisodeId::try_new("anthropic-1795183240000").unwrap(),
        provider: ProviderId::try_new("anthropic").ok(),
        kind: VerdictKind::TheirOutage,
        scope: Scope::Provider,
        signature: Some(Signature::CapacityExhaustion),
        confidence: Confidence::High,
        targets: vec![target("claude-opus")],
        started_at: at(40),
        detected_at: at(41),
        ended_at: Some(at(600)),
        peak: Some(EpisodePeak {
            target: target("claude-opus"),
            at: at(90),
            failed: 27,
            attempts: 30,
            failed_permille: 900,
        }),
        sentence: "529 overloaded on 90 % of probes (27 of 30)".into(),
    }
}

pub(crate) fn draft(reason: &str) -> AuditDraft {
    AuditDraft {
        at: at(70),
        actor: "mk".into(),
        action: AuditAction::OverrideApplied,
        subject: "chat".into(),
        reason: reason.into(),
        details: serde_json::json!({ "share": 0.1 + 0.2, "before": null, "after": ["gpt-main"] }),
    }
}

pub(crate) fn intent(generation: u64) -> Intent {
    Intent {
        route: route("chat"),
        generation: Generation(generation),
        wanted: Some(Override {
            route: route("chat"),
            target: Some(target("gpt-main")),
            mode: Mode::Full,
            forced_breakers: vec![ForcedBreaker {
                target: target("claude-opus"),
                state: ForcedState::ForcedOpen,
            }],
            holder: "mk".into(),
            reason: "529s".into(),
            until: at(3_600),
            on_expiry: OnExpiry::Hold,
        }),
        requested_by: "mk".into(),
        reason: "529s".into(),
        break_interlocks: vec!["one_path_open".into()],
        created_at: at(70),
    }
}

pub(crate) fn convergence() -> Convergence {
    Convergence {
        gateway: gateway("eu-1"),
        wanted: Generation(42),
        observed: Some(Generation(41)),
        step: ConvergenceStep::Accepted,
        since: at(71),
        push_ms: Some(38),
        read_back_at: Some(at(72)),
        detail: Some("read back after 0.4 s".into()),
    }
}

/// A gateway's chain of `length` entries.
pub(crate) fn chain(length: u64, reason: &str) -> Vec<AuditEntry> {
    let mut previous_hash = CHAIN_START.to_owned();
    let entry = |sequence| {
        let entry = AuditEntry {
            sequence,
            at: at(80),
            actor: "gateway".into(),
            action: AuditAction::EffectiveMoved,
            subject: "chat".into(),
            reason: reason.into(),
            details: serde_json::json!({ "generation": sequence }),
            previous_hash: previous_hash.clone(),
            hash: String::new(),
        }
        .sealed();
        previous_hash.clone_from(&entry.hash);
        entry
    };
    (1..=length).map(entry).collect()
}

/// Stores one of each.
pub(crate) async fn fill(writer: &Writer) {
    writer.probes_record(&[probe()]).await.unwrap();
    writer.source_record(&source()).await.unwrap();
    writer.incidents_record(&[incident()]).await.unwrap();
    writer.traffic_record(&gateway("eu-1"), &[bucket()], "1795183200000-7").await.unwrap();
    writer.changes_record(&gateway("eu-1"), &chain(2, "529s")).await.unwrap();
    writer.verdict_append(&verdict(), at(41), Some("{}")).await.unwrap();
    writer.episode_record(&episode()).await.unwrap();
    writer.period_open(&period("p-1")).await.unwrap();
    writer.intent_apply(draft("529s"), &intent(42)).await.unwrap();
    writer.convergence_record(&route("chat"), &convergence()).await.unwrap();
}

/// Checks that one of each is there, to the bit.
pub(crate) async fn assert_filled(reader: &Reader) {
    assert_observed(reader).await;
    assert_carried(reader).await;
    assert_done(reader).await;
}

fn all() -> std::ops::Range<UnixMs> {
    at(-86_400)..at(86_400)
}

async fn assert_observed(reader: &Reader) {
    let opus = target("claude-opus");
    assert_eq!(reader.probes_between(&opus, all()).await.unwrap(), [probe()]);
    assert_eq!(reader.sources().await.unwrap(), [source()]);
    assert_eq!(reader.incidents_open().await.unwrap(), [incident()]);
    assert_eq!(reader.verdicts_between(&opus, all()).await.unwrap(), [verdict()]);
}

async fn assert_carried(reader: &Reader) {
    let eu = gateway("eu-1");
    let traffic = reader.traffic_of_route(&route("chat"), all()).await.unwrap();
    let kept = GatewayTraffic { gateway: eu.clone(), bucket: bucket() };
    assert_eq!(traffic, [kept]);
    assert_eq!(reader.traffic_cursor(&eu).await.unwrap().as_deref(), Some("1795183200000-7"));
    let changes = reader.changes_between(all()).await.unwrap();
    let entries: Vec<_> = changes.into_iter().map(|change| change.entry).collect();
    assert_eq!(entries, chain(2, "529s"));
    assert_eq!(reader.periods_list(None, 10).await.unwrap(), [period("p-1")]);
}

async fn assert_done(reader: &Reader) {
    assert_eq!(reader.intents().await.unwrap(), [intent(42)]);
    assert_eq!(reader.convergences().await.unwrap(), [(route("chat"), convergence())]);
    let audit = reader.audit_list(None, 10).await.unwrap();
    assert_eq!(audit.len(), 1);
    assert_eq!((audit[0].sequence, &audit[0].details), (1, &draft("529s").details));
}
