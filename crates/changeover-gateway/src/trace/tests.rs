use proptest::prelude::*;

use super::*;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn headers(parents: &[&str], states: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for parent in parents {
        headers.append(TRACEPARENT, HeaderValue::from_str(parent).unwrap());
    }
    for state in states {
        headers.append(TRACESTATE, HeaderValue::from_str(state).unwrap());
    }
    headers
}

fn said(context: &TraceContext) -> (String, Option<String>) {
    let mut headers = context.to_headers();
    let text = |value: HeaderValue| value.to_str().unwrap().to_owned();
    let (_, parent) = headers.next().unwrap();
    (text(parent), headers.next().map(|(_, state)| text(state)))
}

#[test]
fn the_gateways_span_is_in_the_callers_trace_under_an_id_of_its_own() {
    let span = TraceContext::of_request(&headers(&[PARENT], &["a=1"]));
    let (parent, state) = said(&span);
    assert!(parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{parent}");
    assert!(parent.ends_with("-01"), "the caller decided to sample: {parent}");
    assert!(!parent.contains("b7ad6b7169203331"), "the caller's span is not ours: {parent}");
    assert_eq!(state.as_deref(), Some("a=1"));
}

#[test]
fn without_a_trace_a_new_one_begins_that_nobody_samples_yet() {
    let (one, other) = (TraceContext::new(), TraceContext::of_request(&HeaderMap::new()));
    assert_ne!(one.trace_id(), other.trace_id());
    let (parent, state) = said(&one);
    assert_eq!(TraceContext::from_headers(&headers(&[&parent], &[])), Some(one));
    assert!(parent.ends_with("-00") && state.is_none(), "{parent}");
}

#[test]
fn what_is_not_well_formed_is_as_good_as_nothing() {
    for parent in [
        "",
        "00",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319cb-7ad6b7169203331-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1",
    ] {
        assert_eq!(TraceContext::from_headers(&headers(&[parent], &[])), None, "{parent}");
    }
    let twice = headers(&[PARENT, PARENT], &[]);
    assert_eq!(TraceContext::from_headers(&twice), None, "which one is it?");
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_known_and_unknown_flags_are_dropped() {
    let later = "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff-what-comes";
    let context = TraceContext::from_headers(&headers(&[later], &[])).unwrap();
    let (parent, _) = said(&context);
    assert_eq!(parent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03");
}

#[test]
fn state_is_passed_on_word_for_word_or_not_at_all() {
    let passed =
        |states: &[&str]| said(&TraceContext::from_headers(&headers(&[PARENT], states)).unwrap()).1;
    for (states, expected) in [
        (
            vec!["rojo=00f067aa0ba902b7", "congo=t61rcWkgMzE"],
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        ),
        (vec!["a=1, ,b=2 3"], "a=1,b=2 3"),
        (vec!["1t@vendor=x", "a_-*/=y"], "1t@vendor=x,a_-*/=y"),
    ] {
        assert_eq!(passed(&states).as_deref(), Some(expected));
    }
    let many = (0..33).map(|number| format!("a{number}=1")).collect::<Vec<_>>().join(",");
    let long = format!("a={}", "x".repeat(257));
    for states in ["", " , ", "a", "a=", "A=1", "1a=1", "a=1,b", "a=1,a=2", "a=b=c", &many, &long] {
        assert_eq!(passed(&[states]), None, "{states}");
    }
}

proptest! {
    #[test]
    fn whatever_callers_send_only_what_is_well_formed_is_sent_on(
        parent in "[ -~]{0,80}", state in "[ -~]{0,80}",
    ) {
        let span = TraceContext::of_request(&headers(&[&parent], &[&state]));
        let (parent, state) = said(&span);
        let state: Vec<&str> = state.iter().map(String::as_str).collect();
        prop_assert_eq!(TraceContext::from_headers(&headers(&[&parent], &state)), Some(span));
    }
}
