//! What is still true after a stop, a kill and a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use changeover_domain::admin::{ChangesPage, GatewayState, OverridePut, TrafficPage};
use changeover_domain::{
    AuditAction, Generation, Mode, Nanodollars, OnExpiry, TrafficBucket, UnixMs,
};
use changeover_gateway::Gateway;
use reqwest::header::IF_MATCH;
use serde_json::Value;

use crate::support::{Bench, etag, route_id, target_id};

#[tokio::test]
async fn overrides_changes_and_idempotency_keys_survive_a_kill_and_a_shutdown() {
    let mut bench = Bench::start().await;
    let wanted = bench.wanted(Some("b"), Mode::Full);
    let push = |bench: &Bench| {
        bench.put("chat", &wanted, "\"0\"").header("idempotency-key", "push-1").send()
    };
    let first = push(&bench).await.unwrap().text().await.unwrap();
    let changes = bench.changes().await;
    for graceful in [false, true] {
        let gateway = bench.take_gateway();
        if graceful {
            gateway.shutdown().await;
        } else {
            gateway.kill();
        }
        bench.restart().await;
        let chat = bench.route("chat").await;
        assert_eq!(chat.generation, Generation(1));
        assert_eq!(chat.effective.target, Some(target_id("b")));
        assert_eq!(bench.changes().await, changes, "nothing lost, nothing added");
        let again = push(&bench).await.unwrap();
        assert_eq!(etag(&again), "\"1\"");
        assert_eq!(again.text().await.unwrap(), first);
    }
}

#[tokio::test]
async fn a_reader_who_is_ahead_of_a_chain_that_began_anew_is_told_where_it_ends() {
    let mut bench = Bench::start().await;
    for target in ["b", "a", "b"] {
        bench.set("chat", &bench.wanted(Some(target), Mode::Full)).await;
    }
    let read = bench.changes().await.next;
    bench.take_gateway().shutdown().await;
    bench.state_dir = tempfile::tempdir().unwrap();
    bench.restart().await;
    let empty = bench.changes_after(read).await;
    assert_eq!((empty.changes.len(), empty.next), (0, 0), "an empty chain ends at 0");
    bench.set("chat", &bench.wanted(Some("b"), Mode::Full)).await;
    let page = bench.changes_after(read).await;
    assert!(page.changes.is_empty() && page.next < read, "{} of {read}", page.next);
    let anew = bench.changes_after(0).await;
    assert_eq!(anew.next, page.next, "from the beginning to the same end");
    assert_eq!(bench.changes_after(anew.next).await.next, anew.next, "at the end it stays");
}

#[tokio::test]
async fn a_kill_breaks_connections_off_and_frees_the_address() {
    let mut bench = Bench::start().await;
    let mut settings = bench.settings();
    let address = bench.gateway().base_url();
    settings.listen = address.strip_prefix("http://").unwrap().parse().unwrap();
    bench.take_gateway().kill();
    let again = changeover_gateway::Gateway::start(settings, bench.clock.clone()).await;
    assert_eq!(again.unwrap().base_url(), address, "the same address at once");
}

struct Program {
    child: Child,
    url: String,
    admin_url: String,
}

impl Program {
    /// Starts the real program and waits until it says that it serves.
    fn start(config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_changeover-gateway"))
            .arg("--config")
            .arg(config)
            .env("CHANGEOVER_TEST_TOKEN", "secret-1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let url = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self { child, url: url("url"), admin_url: url("admin_url") }
    }

    /// SIGKILL: nothing of the program's own runs any more.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const CONFIG: &str = r#"
id = "g1"
listen = "127.0.0.1:0"
state_dir = "state"
[admin]
listen = "127.0.0.1:0"
tokens = [{ name = "console", secret = "env:CHANGEOVER_TEST_TOKEN", role = "operate" }]
[[providers]]
id = "p"
kind = "openai_compatible"
base_url = "http://127.0.0.1:9"
[[targets]]
id = "a"
provider = "p"
model = "m"
[[targets]]
id = "b"
provider = "p"
model = "n"
[[routes]]
id = "chat"
criticality = "must_succeed"
targets = ["a", "b"]
"#;

#[tokio::test]
async fn an_override_that_was_answered_survives_kill_9_right_after_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    for round in 0..3_u64 {
        let program = Program::start(&config);
        let url = format!("{}/admin/v1/routes/chat/override", program.admin_url);
        let put = OverridePut {
            target: Some(target_id("b")),
            mode: Mode::Full,
            forced_breakers: vec![],
            holder: "mk".into(),
            reason: format!("round {round}"),
            until: changeover_clock::system_now().plus_millis(600_000),
            on_expiry: OnExpiry::Hold,
            generation: None,
            break_interlocks: vec![],
        };
        let answer = http
            .put(url)
            .bearer_auth("secret-1")
            .header(IF_MATCH, format!("\"{round}\""))
            .json(&put)
            .send()
            .await
            .unwrap();
        program.kill();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }
    let program = Program::start(&config);
    let get = |path: &str| {
        let url = format!("{}/admin/v1/{path}", program.admin_url);
        http.get(url).bearer_auth("secret-1").send()
    };
    let state: GatewayState = get("state").await.unwrap().json().await.unwrap();
    assert_eq!(state.generation, Generation(3));
    let chat = &state.routes[0];
    assert_eq!(chat.generation, Generation(3));
    assert_eq!(chat.r#override.as_ref().unwrap().reason, "round 2");
    let changes: ChangesPage = get("changes").await.unwrap().json().await.unwrap();
    assert_eq!(changes.changes.len(), 4, "three changes, one move");
    program.kill();
}

/// Sets an override of the chat route over the real program's admin API.
async fn push(http: &reqwest::Client, program: &Program, number: u64, until: UnixMs) {
    let put = OverridePut {
        // From one target to the other, so that each change moves the route as well.
        target: Some(target_id(if number.is_multiple_of(2) { "a" } else { "b" })),
        mode: Mode::Full,
        forced_breakers: vec![],
        holder: "mk".into(),
        reason: format!("{number} {}", "x".repeat(480)),
        until,
        on_expiry: OnExpiry::Hold,
        generation: Some(Generation(number)),
        break_interlocks: vec![],
    };
    let url = format!("{}/admin/v1/routes/chat/override", program.admin_url);
    let answer = http
        .put(url)
        .bearer_auth("secret-1")
        .header(IF_MATCH, format!("\"{}\"", number - 1))
        .header("idempotency-key", format!("push-{number}"))
        .json(&put)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn kill_9_around_compactions_loses_no_override_and_the_record_says_how_far_back_it_goes() {
    const ROUND: u64 = 90;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, format!("{CONFIG}\n[journal]\nmost_mib = 1\n")).unwrap();
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let until = changeover_clock::system_now().plus_millis(3_600_000);
    for round in 0..4_u64 {
        let program = Program::start(&config);
        for number in 1..=ROUND {
            push(&http, &program, round * ROUND + number, until).await;
        }
        program.kill();
    }
    let journal = folder.path().join("state/journal.jsonl");
    let length = std::fs::metadata(journal).unwrap().len();
    assert!(length < 1_200_000, "{length} bytes: it was compacted");
    let program = Program::start(&config);
    let get = |path: String| {
        let url = format!("{}/admin/v1/{path}", program.admin_url);
        http.get(url).bearer_auth("secret-1").send()
    };
    let state: GatewayState = get("state".into()).await.unwrap().json().await.unwrap();
    let chat = &state.routes[0];
    assert_eq!(chat.generation, Generation(4 * ROUND));
    assert!(chat.r#override.as_ref().unwrap().reason.starts_with(&format!("{} ", 4 * ROUND)));
    // The answer to the last change is still known by its key.
    push(&http, &program, 4 * ROUND, until).await;
    let (mut after, mut changes) = (0, Vec::new());
    loop {
        let page: ChangesPage =
            get(format!("changes?after={after}")).await.unwrap().json().await.unwrap();
        assert!(page.kept_after > 0, "older changes are gone, and it says so");
        if page.changes.is_empty() {
            break;
        }
        assert!(changes.is_empty() || page.changes[0].sequence == after + 1, "no gap");
        after = page.next;
        changes.extend(page.changes);
    }
    assert!(changes.len() > 20, "recent changes are kept: {}", changes.len());
    for pair in changes.windows(2) {
        assert!(pair[1].follows(pair[0].sequence + 1, &pair[0].hash), "the chain is whole");
    }
    program.kill();
}

#[tokio::test]
async fn a_configuration_that_does_not_fit_is_one_sentence_and_exit_1() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, CONFIG.replacen("listen", "lisen", 1)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_changeover-gateway"))
        .arg("--config")
        .arg(&config)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "nothing starts half");
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(
        sentence.contains("gateway.toml, line 3, key `lisen`: unknown field `lisen`, expected"),
        "{sentence}"
    );
}

/// How many requests the file of minutes on disk tells of, its last lines as they count.
fn requests_on_disk(state_dir: &Path) -> u64 {
    let text = std::fs::read_to_string(state_dir.join("traffic.jsonl")).unwrap_or_default();
    let whole = text.lines().filter_map(|line| serde_json::from_str::<TrafficBucket>(line).ok());
    let latest: BTreeMap<_, _> = whole.map(|bucket| (bucket.key, bucket.requests)).collect();
    latest.values().sum()
}

fn requests(buckets: &[TrafficBucket]) -> u64 {
    buckets.iter().map(|bucket| bucket.requests).sum()
}

#[tokio::test]
async fn what_was_carried_survives_a_kill_and_a_shutdown_and_is_told_once() {
    let mut bench = Bench::start().await;
    let mut earlier: Vec<TrafficBucket> = Vec::new();
    for (round, graceful) in [(1, false), (2, false), (3, true), (4, false)] {
        for _ in 0..5 {
            bench.chat("chat", false).await.text().await.unwrap();
        }
        if round == 1 {
            // Nobody reads: it is written by itself.
            let written = async |bench: &Bench| requests_on_disk(bench.state_dir.path()) == 5;
            bench.until("it is written by itself", written).await;
        } else if !graceful {
            // What somebody has read is on disk, however soon the kill comes.
            bench.traffic("").await;
        }
        let gateway = bench.take_gateway();
        if graceful {
            gateway.shutdown().await;
        } else {
            gateway.kill();
        }
        bench.restart().await;
        let page = bench.traffic("").await;
        assert_eq!(requests(&page.buckets), round * 5, "round {round}: {page:?}");
        let cost: Nanodollars = page.buckets.iter().map(|bucket| bucket.cost).sum();
        assert!(cost.0 > 0, "{page:?}");
        let one = cost.0 / i64::try_from(round * 5).unwrap();
        assert_eq!(cost.0, one * i64::try_from(round * 5).unwrap(), "every answer cost the same");
        for bucket in &earlier {
            assert!(page.buckets.contains(bucket), "told again as it was: {bucket:?}");
        }
        earlier = page.buckets;
    }
    bench.chat("chat", false).await.text().await.unwrap();
    let page = bench.traffic("").await;
    let epochs: BTreeSet<_> = page.buckets.iter().map(|bucket| bucket.key.epoch).collect();
    assert_eq!(epochs.len(), 5, "each start counts for itself");
    assert_eq!(bench.traffic(&page.next).await.buckets, [], "and a cursor goes on as ever");
}

#[tokio::test]
async fn kill_9_in_mid_load_loses_at_most_what_was_not_yet_written() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let state_dir = folder.path().join("state");
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let program = Program::start(&config);
    let sent = AtomicU64::new(0);
    let load = async {
        let body = serde_json::json!({
            "model": "chat", "messages": [{"role": "user", "content": "hello"}],
        });
        loop {
            sent.fetch_add(1, Ordering::Relaxed);
            let url = format!("{}/v1/chat/completions", program.url);
            http.post(url).json(&body).send().await.unwrap().text().await.unwrap();
        }
    };
    let written = async {
        while requests_on_disk(&state_dir) < 3 {
            tokio::task::yield_now().await;
        }
        requests_on_disk(&state_dir)
    };
    let written = tokio::select! {
        written = written => written,
        () = load => unreachable!("the load has no end"),
    };
    program.kill();
    let program = Program::start(&config);
    let url = format!("{}/admin/v1/traffic", program.admin_url);
    let page: TrafficPage =
        http.get(url).bearer_auth("secret-1").send().await.unwrap().json().await.unwrap();
    let (told, sent) = (requests(&page.buckets), sent.into_inner());
    assert!(written <= told && told <= sent, "{written} were written, {told} told, {sent} sent");
    program.kill();
}

#[tokio::test]
async fn a_start_never_takes_an_operators_override_away_unless_it_is_told_to() {
    let mut bench = Bench::start().await;
    bench.set("chat", &bench.wanted(Some("b"), Mode::Full)).await;
    bench.take_gateway().kill();
    let mut settings = bench.settings();
    for route in &mut settings.catalogue.routes {
        route.targets.retain(|target| *target != target_id("b"));
    }
    let mut without_route = bench.settings();
    without_route.catalogue.routes.retain(|route| route.id != route_id("chat"));
    for (settings, misfit) in [
        (&settings, "it names the target `b`, which the route does not have"),
        (&without_route, "the configuration has no such route"),
    ] {
        let refused = Gateway::check(settings, bench.clock.now()).unwrap_err().to_string();
        assert!(refused.contains(misfit), "{refused}");
        let start = Gateway::start(settings.clone(), bench.clock.clone());
        assert_eq!(start.await.unwrap_err().to_string(), refused);
        assert!(refused.contains("by mk: 529s"), "whose word it is: {refused}");
        assert!(refused.contains("once with `--drop-override chat`"), "{refused}");
    }
    settings.drop_overrides = vec![route_id("chat")];
    let gateway = Gateway::start(settings.clone(), bench.clock.clone()).await.unwrap();
    bench.put_gateway(gateway);
    let chat = bench.route("chat").await;
    assert_eq!((&chat.r#override, chat.generation), (&None, Generation(2)));
    assert_eq!(chat.effective.target, Some(target_id("a")));
    let changes = bench.changes().await.changes;
    let lifted = changes.iter().find(|change| change.action == AuditAction::OverrideCleared);
    assert_eq!(lifted.unwrap().actor, "--drop-override", "it is in the record");
    // Once: nothing is left to be lifted, and the name does no harm.
    bench.take_gateway().kill();
    bench.put_gateway(Gateway::start(settings, bench.clock.clone()).await.unwrap());
    assert_eq!(bench.changes().await.changes, changes);
}
