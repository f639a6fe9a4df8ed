//! What is the same question, how long an answer serves, and what is never kept.

use changeover_domain::RouteId;
use changeover_llm::canonical::{CacheMark, Effort, Thinking};
use changeover_llm::{ChatRequest, ImageSource, Message, ResponseFormat, Role, Tool, ToolChoice};
use proptest::prelude::{any, prop, proptest};
use serde_json::json;

use super::*;

const RULES: CacheRules =
    CacheRules { ttl: Duration::from_secs(60), max_age: Duration::from_secs(3_600) };
const BEGIN: UnixMs = UnixMs(1_000_000);

fn ask(words: &str) -> ChatRequest {
    said(Role::User, Part::Text(words.into()))
}

fn said(role: Role, part: Part) -> ChatRequest {
    ChatRequest { messages: vec![Message { role, parts: vec![part] }], ..ChatRequest::default() }
}

fn key_of(request: &ChatRequest) -> CacheKey {
    let route = RouteId::try_new("chat").unwrap();
    CacheKey::new(TenantId::of_key(Some("k")), &route, AnsweredBy::default(), request)
}

fn answer(words: &str) -> CachedAnswer {
    CachedAnswer {
        response: ChatResponse {
            id: "a".into(),
            model: "m".into(),
            parts: vec![Part::Text(words.into())],
            finish: FinishReason::Stop,
            ..ChatResponse::default()
        },
        target: TargetId::try_new("claude").unwrap(),
    }
}

fn after(seconds: u64) -> UnixMs {
    BEGIN.plus(Duration::from_secs(seconds))
}

fn found(cache: &mut Cache, words: &str, reading: Reading, now: UnixMs) -> Option<Hit> {
    cache.look_up(&key_of(&ask(words)), RULES, reading, now)
}

fn store(cache: &mut Cache, words: &str, now: UnixMs) {
    cache.store(key_of(&ask(words)), answer(words), RULES, now).unwrap();
}

#[test]
fn an_answer_is_fresh_then_stale_then_gone() {
    let mut cache = Cache::new(1 << 20);
    store(&mut cache, "a", BEGIN);
    let hit = found(&mut cache, "a", Reading::Fresh, after(59)).unwrap();
    assert_eq!((hit.age, hit.is_stale), (Duration::from_secs(59), false));
    assert_eq!(hit.answer.response().parts, [Part::Text("a".into())]);
    assert_eq!(hit.answer.target().as_str(), "claude");
    assert!(found(&mut cache, "a", Reading::Fresh, after(60)).is_none());
    let hit = found(&mut cache, "a", Reading::StaleToo, after(3_599)).unwrap();
    assert_eq!((hit.age, hit.is_stale), (Duration::from_secs(3_599), true));
    assert!(found(&mut cache, "a", Reading::StaleToo, after(3_600)).is_none());
    assert_eq!(cache.extent(), (0, 0), "what has expired is let go when it is seen");
}

#[test]
fn a_newer_answer_takes_the_olders_place() {
    let mut cache = Cache::new(1 << 20);
    store(&mut cache, "a", BEGIN);
    let before = cache.extent();
    store(&mut cache, "a", after(50));
    assert_eq!(cache.extent(), before);
    let hit = found(&mut cache, "a", Reading::Fresh, after(100)).unwrap();
    assert_eq!(hit.age, Duration::from_secs(50));
}

#[test]
fn shorter_rules_count_at_once() {
    let mut cache = Cache::new(1 << 20);
    store(&mut cache, "a", BEGIN);
    let shorter = CacheRules { ttl: Duration::from_secs(5), max_age: Duration::from_secs(10) };
    let key = key_of(&ask("a"));
    assert!(cache.look_up(&key, shorter, Reading::StaleToo, after(11)).is_none());
}

#[test]
fn what_nobody_asks_for_again_is_let_go_too() {
    let mut cache = Cache::new(1 << 20);
    store(&mut cache, "a", BEGIN);
    store(&mut cache, "b", after(10));
    cache.forget_expired(after(3_605));
    assert_eq!(cache.extent().0, 1);
    assert!(found(&mut cache, "b", Reading::StaleToo, after(3_605)).is_some());
    cache.forget_expired(after(9_999));
    assert_eq!(cache.extent(), (0, 0));
}

#[test]
fn what_was_used_longest_ago_goes_first_when_the_memory_is_full() {
    let words = |at: usize| format!("{at:02}{}", "x".repeat(2_000));
    let one = size::of_entry(&answer(&words(0)));
    let mut cache = Cache::new(one * 20);
    for at in 0..20 {
        store(&mut cache, &words(at), BEGIN);
    }
    assert!(found(&mut cache, &words(0), Reading::Fresh, BEGIN).is_some());
    store(&mut cache, &words(99), BEGIN);
    assert!(found(&mut cache, &words(0), Reading::Fresh, BEGIN).is_some(), "it was just used");
    assert!(found(&mut cache, &words(1), Reading::Fresh, BEGIN).is_none());
    assert_eq!(cache.extent(), (20, one * 20));
}

#[test]
fn the_size_counts_what_an_answer_holds() {
    let small = size::of_entry(&answer("x"));
    let large = size::of_entry(&answer(&"x".repeat(10_000)));
    assert_eq!(large - small, 9_999);
}

#[test]
fn only_whole_answers_in_full_mode_are_kept() {
    let tried = |change: &dyn Fn(&mut ChatResponse), mode| {
        let CachedAnswer { mut response, target } = answer("x");
        change(&mut response);
        CachedAnswer::try_new(response, target, mode).map(|_| ())
    };
    assert_eq!(tried(&|_| {}, Mode::Full), Ok(()));
    for mode in [Mode::Short, Mode::Cached, Mode::Template, Mode::Approval, Mode::Off] {
        assert_eq!(tried(&|_| {}, mode), Err(NotStored::Degraded));
    }
    for finish in [FinishReason::Length, FinishReason::ContentFilter, FinishReason::Refusal] {
        assert_eq!(tried(&|answer| answer.finish = finish, Mode::Full), Err(NotStored::Unfinished));
    }
    let call = || Part::ToolCall {
        id: "c".into(),
        name: "f".into(),
        arguments: "{}".into(),
        signature: None,
    };
    // Some vendors finish a call with a plain stop.
    assert_eq!(tried(&|answer| answer.parts.push(call()), Mode::Full), Err(NotStored::ToolCall));
    let blank = |answer: &mut ChatResponse| answer.parts = vec![Part::Text(" \n".into())];
    assert_eq!(tried(&blank, Mode::Full), Err(NotStored::Empty));
}

#[test]
fn an_answer_that_would_push_out_all_others_is_not_kept() {
    let mut cache = Cache::new(16 * 1024);
    store(&mut cache, "x", BEGIN);
    let before = cache.extent();
    let huge = answer(&"x".repeat(2_000));
    let refused = cache.store(key_of(&ask("x")), huge, RULES, BEGIN);
    assert_eq!(refused, Err(NotStored::TooLarge));
    assert_eq!(cache.extent(), before);
}

#[test]
fn tenants_and_routes_share_nothing() {
    let chat = RouteId::try_new("chat").unwrap();
    let agent = RouteId::try_new("agent").unwrap();
    let tenants = [None, Some(""), Some("k1"), Some("k2")].map(TenantId::of_key);
    let mut keys = std::collections::HashSet::new();
    for tenant in tenants {
        for route in [&chat, &agent] {
            assert!(keys.insert(CacheKey::new(tenant, route, AnsweredBy::default(), &ask("x"))));
        }
    }
    assert_eq!(format!("{:?}", tenants[2]), "TenantId(..)");
}

#[test]
fn everything_that_could_change_the_answer_is_part_of_the_question() {
    let image = |url: &str| said(Role::User, Part::Image(ImageSource::Url(url.into()).into()));
    let inline = ImageSource::Inline { media_type: "x".into(), base64: String::new() };
    let with = |change: &dyn Fn(&mut ChatRequest)| {
        let mut request = ask("x");
        change(&mut request);
        request
    };
    let tool = |parameters| Tool { name: "f".into(), parameters, ..Tool::default() };
    let format = |schema, strict| ResponseFormat::JsonSchema { name: "n".into(), schema, strict };
    let result = |is_error| Part::ToolResult {
        call_id: "c".into(),
        parts: vec![Part::Text("x".into())],
        is_error,
    };
    let call = Part::ToolCall {
        id: "c".into(),
        name: "x".into(),
        arguments: String::new(),
        signature: None,
    };
    let questions = [
        ask("x"),
        ask("X"),
        said(Role::System, Part::Text("x".into())),
        said(Role::Assistant, Part::Text("x".into())),
        said(Role::Tool, Part::Text("x".into())),
        image("x"),
        said(Role::User, Part::Image(inline.into())),
        said(Role::User, call),
        said(Role::User, result(false)),
        said(Role::User, result(true)),
        with(&|request| request.max_tokens = Some(0)),
        with(&|request| request.temperature = Some(0.0)),
        with(&|request| request.top_p = Some(0.0)),
        with(&|request| request.stop = vec![String::new()]),
        with(&|request| request.tool_choice = ToolChoice::None),
        with(&|request| request.top_k = Some(0)),
        with(&|request| request.seed = Some(0)),
        with(&|request| request.presence_penalty = Some(0.0)),
        with(&|request| request.frequency_penalty = Some(0.0)),
        with(&|request| request.parallel_tool_calls = Some(false)),
        with(&|request| request.reasoning.effort = Some(Effort::Low)),
        with(&|request| request.reasoning.thinking = Some(Thinking::Off)),
        with(&|request| request.reasoning.thinking = Some(Thinking::Budget(0))),
        with(&|request| request.reasoning.shown = Some(false)),
        with(&|request| request.tool_choice = ToolChoice::Required),
        with(&|request| request.tool_choice = ToolChoice::Named("f".into())),
        with(&|request| request.tools = vec![tool(json!({}))]),
        with(&|request| request.tools = vec![tool(json!({"a": 1}))]),
        with(&|request| request.tools = vec![tool(json!({"a": "1"}))]),
        with(&|request| request.response_format = ResponseFormat::JsonObject),
        with(&|request| request.response_format = format(json!({}), true)),
        with(&|request| request.response_format = format(json!({}), false)),
        with(&|request| request.response_format = format(json!([1, [2]]), true)),
        with(&|request| request.response_format = format(json!([[1], 2]), true)),
    ];
    let keys: std::collections::HashSet<CacheKey> = questions.iter().map(key_of).collect();
    assert_eq!(keys.len(), questions.len());
}

#[test]
fn who_asks_for_whom_and_what_a_vendor_keeps_change_no_question() {
    let mut request = ask("x");
    request.user = Some("u1".into());
    request.cache = Some(CacheMark::OneHour);
    assert_eq!(key_of(&request), key_of(&ask("x")));
}

#[test]
fn members_of_a_schema_may_come_in_any_order() {
    let format = |text: &str| ChatRequest {
        response_format: ResponseFormat::JsonSchema {
            name: "n".into(),
            schema: serde_json::from_str(text).unwrap(),
            strict: true,
        },
        ..ask("x")
    };
    let one = format("{\"a\": {\"x\": 1, \"y\": 2}, \"b\": 3}");
    assert_eq!(key_of(&one), key_of(&format("{\"b\": 3, \"a\": {\"y\": 2, \"x\": 1}}")));
}

#[test]
fn a_negative_zero_is_zero() {
    let at = |temperature| ChatRequest { temperature: Some(temperature), ..ask("x") };
    assert_eq!(key_of(&at(0.0)), key_of(&at(-0.0)));
}

proptest! {
    #[test]
    fn texts_that_are_split_elsewhere_are_other_questions(
        words in "[ab]{2,6}", at in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let split = |at: usize| {
            let (left, right) = words.split_at(at);
            let mut request = ask(left);
            request.messages[0].parts.push(Part::Text(right.into()));
            request
        };
        let (at, other) = (at.index(words.len()), other.index(words.len()));
        assert_eq!(key_of(&split(at)) == key_of(&split(other)), at == other);
    }

    #[test]
    fn the_bytes_kept_are_always_the_sum_and_never_too_many(
        steps in prop::collection::vec((0_u8..12, 0_usize..900, 0_u64..5_000), 1..60),
    ) {
        let mut cache = Cache::new(20_000);
        let mut now = BEGIN;
        for (question, length, seconds) in steps {
            now = now.plus(Duration::from_secs(seconds));
            let key = key_of(&ask(&question.to_string()));
            // An answer that is too large changes nothing; both ways keep the sum.
            let kept = cache.store(key, answer(&"x".repeat(length + 1)), RULES, now);
            assert!(matches!(kept, Ok(()) | Err(NotStored::TooLarge)));
            let sum: usize = cache.entries.iter().map(|(_, entry)| entry.bytes).sum();
            assert_eq!(cache.extent().1, sum);
            assert!(sum <= 20_000);
        }
    }
}
