use super::*;

const NOW: UnixMs = UnixMs(1_800_000_000_000);

fn read(pairs: &[(&str, &str)]) -> RateLimits {
    parse(pairs.iter().copied(), NOW)
}

fn limit(limit: Option<u64>, remaining: Option<u64>, reset_s: Option<u64>) -> RateLimit {
    RateLimit { limit, remaining, reset: reset_s.map(Duration::from_secs), window: None }
}

#[test]
fn spans_and_their_case_are_read() {
    let openai = read(&[
        ("X-RateLimit-Limit-Requests", "3000"),
        ("x-ratelimit-remaining-requests", "2999"),
        ("x-ratelimit-reset-requests", "20ms"),
        ("x-ratelimit-reset-tokens", "1m2s"),
    ]);
    assert_eq!(openai.requests.reset, Some(Duration::from_millis(20)));
    assert_eq!((openai.requests.limit, openai.requests.remaining), (Some(3_000), Some(2_999)));
    assert_eq!(openai.tokens, limit(None, None, Some(62)), "what is not said is not known");
}

#[test]
fn points_in_time_count_from_now() {
    let anthropic = read(&[
        ("anthropic-ratelimit-requests-limit", "50"),
        ("anthropic-ratelimit-requests-remaining", "0"),
        ("anthropic-ratelimit-requests-reset", "2027-01-15T08:00:40Z"),
    ]);
    assert_eq!(anthropic.requests, limit(Some(50), Some(0), Some(40)));
    let past = read(&[("x-ratelimit-remaining", "1"), ("x-ratelimit-reset", "1799999999")]);
    assert_eq!(past.requests.reset, Some(Duration::ZERO), "a reset that is over is no wait");
    let millis = read(&[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1800000090000")]);
    assert_eq!(millis.requests, limit(None, Some(0), Some(90)));
    let seconds = read(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "7")]);
    assert_eq!(seconds.requests, limit(None, Some(0), Some(7)));
}

#[test]
fn of_several_limits_the_tightest_is_told() {
    let anthropic = read(&[
        ("anthropic-ratelimit-input-tokens-limit", "40000"),
        ("anthropic-ratelimit-input-tokens-remaining", "39000"),
        ("anthropic-ratelimit-output-tokens-limit", "8000"),
        ("anthropic-ratelimit-output-tokens-remaining", "100"),
    ]);
    assert_eq!(anthropic.tokens, limit(Some(8_000), Some(100), None));
    let cerebras = read(&[
        ("x-ratelimit-limit-requests-day", "14400"),
        ("x-ratelimit-remaining-requests-day", "3"),
        ("x-ratelimit-reset-requests-day", "33011.38"),
        ("x-ratelimit-limit-tokens-minute", "60000"),
        ("x-ratelimit-remaining-tokens-minute", "59000"),
    ]);
    assert_eq!((cerebras.requests.window, cerebras.requests.remaining), (Some(DAY), Some(3)));
    assert_eq!((cerebras.tokens.window, cerebras.tokens.limit), (Some(MINUTE), Some(60_000)));
}

#[test]
fn the_same_names_mean_a_day_at_one_vendor() {
    let common = [("x-ratelimit-limit-requests", "14400"), ("x-ratelimit-limit-tokens", "6000")];
    let groq = read(&[common[0], common[1], ("x-groq-region", "us-west")]);
    assert_eq!((groq.requests.window, groq.tokens.window), (Some(DAY), Some(MINUTE)));
    assert_eq!(read(&common).requests.window, None);
}

#[test]
fn names_of_single_vendors_are_known() {
    let mistral = read(&[
        ("x-ratelimit-limit-req-minute", "60"),
        ("x-ratelimit-remaining-req-minute", "59"),
        ("x-ratelimitbysize-limit-minute", "500000"),
        ("x-ratelimitbysize-remaining-minute", "499000"),
    ]);
    assert_eq!((mistral.requests.limit, mistral.tokens.limit), (Some(60), Some(500_000)));
    let together = read(&[("x-ratelimit-limit", "10"), ("x-tokenlimit-remaining", "-1")]);
    assert_eq!((together.requests.limit, together.tokens.remaining), (Some(10), Some(0)));
    let cohere =
        read(&[("x-trial-endpoint-call-limit", "10"), ("x-trial-endpoint-call-remaining", "9")]);
    assert_eq!(cohere.requests.remaining, Some(9));
    let azure =
        read(&[("x-ratelimit-remaining-requests", "7"), ("x-ratelimit-remaining-tokens", "1014")]);
    assert_eq!((azure.requests.remaining, azure.tokens.remaining), (Some(7), Some(1_014)));
}

#[test]
fn the_standards_fields_are_read_in_both_forms() {
    let newer = read(&[
        ("RateLimit", "\"burst\";r=9;t=2, \"daily\";r=4;t=3600"),
        ("RateLimit-Policy", "\"burst\";q=10;w=10, \"daily\";q=1000;w=86400"),
    ]);
    let wanted = RateLimit { window: Some(DAY), ..limit(Some(1_000), Some(4), Some(3_600)) };
    assert_eq!(newer.requests, wanted);
    let older = read(&[("ratelimit", "limit=100, remaining=50, reset=30")]);
    assert_eq!(older.requests, limit(Some(100), Some(50), Some(30)));
    let oldest =
        read(&[("RateLimit-Limit", "100"), ("RateLimit-Remaining", "0"), ("RateLimit-Reset", "5")]);
    assert_eq!(oldest.requests, limit(Some(100), Some(0), Some(5)));
}

#[test]
fn only_a_limit_that_is_used_up_asks_to_wait() {
    let spent = read(&[
        ("x-ratelimit-remaining-requests", "5"),
        ("x-ratelimit-reset-requests", "1h"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "3s"),
    ]);
    assert_eq!(wait(&spent), Some(Duration::from_secs(3)));
    assert_eq!(wait(&read(&[("x-ratelimit-reset-tokens", "3s")])), None);
}

proptest::proptest! {
    #[test]
    fn no_header_makes_it_panic(
        name in "(x-ratelimit|anthropic-ratelimit|ratelimit)(-reset|-limit|-remaining)?(-tokens|-requests)?",
        value in "\\PC{0,40}",
    ) {
        let _limits = read(&[(&name, &value)]);
    }
}

#[test]
fn no_header_that_is_looked_for_is_passed_over() {
    for names in REQUESTS.iter().chain(&TOKENS) {
        for name in [names.limit, names.remaining, names.reset] {
            assert!(name.is_empty() || may_tell(&name.to_ascii_uppercase()), "{name}");
        }
    }
    assert!(may_tell("RateLimit") && may_tell("RateLimit-Policy") && may_tell("X-Groq-Region"));
    assert!(!may_tell("content-type") && !may_tell("x-request-id"));
}
