use super::*;
use crate::chance::seconds;
use changeover_clock::Clock;
use changeover_domain::UnixMs;

fn traffic(route: &str, content: TrafficContent) -> Arc<RouteTraffic> {
    Arc::new(RouteTraffic {
        route: RouteId::try_new(route).unwrap(),
        per_minute: 60.0,
        stream_share: 0.5,
        content,
    })
}

fn sequence(seed: u64, route: &str) -> Vec<(Duration, String)> {
    sequence_of(seed, route, TrafficContent::Chat)
}

fn sequence_of(seed: u64, route: &str, content: TrafficContent) -> Vec<(Duration, String)> {
    let stage = Stage::new(Clock::scaled(UnixMs(0), 1.0), seed);
    let mut sequence = Sequence::begin(&stage, traffic(route, content));
    (0..500).map(|_| sequence.next()).map(|(gap, planned)| (gap, planned.body)).collect()
}

#[test]
fn the_same_seed_calls_the_same_at_the_same_times() {
    assert_eq!(sequence(1, "chat"), sequence(1, "chat"));
    assert_ne!(sequence(1, "chat"), sequence(2, "chat"));
}

#[test]
fn routes_do_not_run_in_lockstep_and_keep_their_rate() {
    let chat = sequence(1, "chat");
    let agent = sequence(1, "agent");
    let equal = chat.iter().zip(&agent).filter(|(a, b)| a.0 == b.0).count();
    assert_eq!(equal, 0, "two routes must not share their gaps");
    let total: Duration = chat.iter().map(|(gap, _)| *gap).sum();
    assert!(
        (seconds(430.0)..seconds(570.0)).contains(&total),
        "500 calls at 60 a minute take about 500 s, not {total:?}"
    );
}

#[test]
fn streams_and_contents_are_mixed() {
    let chat = sequence(1, "chat");
    let streams = chat.iter().filter(|(_, body)| body.contains("\"stream\":true")).count();
    assert!((200..300).contains(&streams), "half of 500 are streamed, not {streams}");
}

#[test]
fn customers_ask_the_same_again_and_documents_are_all_different() {
    let distinct = |sequence: &[(Duration, String)]| {
        let bodies: std::collections::BTreeSet<_> = sequence.iter().map(|(_, body)| body).collect();
        bodies.len()
    };
    let chat = distinct(&sequence(1, "chat"));
    assert!((100..=200).contains(&chat), "what was kept can be given again: {chat} of 500");
    let extract = distinct(&sequence_of(1, "extract", TrafficContent::Extract));
    assert!(extract > 490, "{extract} of 500");
}
