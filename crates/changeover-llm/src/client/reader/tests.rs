//! Limits of time, with a reader that takes its own.

use std::time::Duration;

use changeover_domain::{ProviderKind, UnixMs};
use futures::channel::mpsc::{UnboundedSender, unbounded};

use super::*;
use crate::dialect::of_kind;

const STALL: Duration = Duration::from_secs(10);
const TOTAL: Duration = Duration::from_secs(60);

/// A stream whose provider is a hand that gives pieces.
fn stream(clock: &Clock) -> (crate::AnswerStream, UnboundedSender<Result<String, Broken>>) {
    let (hand, events) = unbounded();
    let limits = Limits { first_token: STALL, stall: STALL, total: TOTAL, ..Limits::default() };
    let reader = Reader {
        provider: "openai",
        meta: AnswerMeta { http_status: 200, ..AnswerMeta::default() },
        head: Head::default(),
        events: events.boxed(),
        decoder: of_kind(ProviderKind::Openai).unwrap().decoder(),
        clock: clock.clone(),
        limits,
        started: clock.moment(),
        last_piece: None,
        handed_out: None,
        wait: Wait::default(),
        ready: VecDeque::new(),
        written: Written { any: false, at_stop_text: false },
        arguments: BTreeMap::new(),
        usage: None,
        over: false,
    };
    let stream =
        crate::AnswerStream::new(AnswerMeta::default(), reader.wait(), reader.into_stream());
    (stream, hand)
}

fn piece(hand: &UnboundedSender<Result<String, Broken>>) {
    let delta = serde_json::json!({"id": "1", "model": "m",
        "choices": [{"delta": {"content": "word"}, "finish_reason": null}]});
    hand.unbounded_send(Ok(delta.to_string())).unwrap();
}

async fn text(stream: &mut crate::AnswerStream) -> StreamEvent {
    loop {
        let event = stream.next().await.unwrap().unwrap();
        if !matches!(event, StreamEvent::Start { .. }) {
            return event;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_its_time_uses_up_none_of_the_providers() {
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let (mut stream, hand) = stream(&clock);
    // In all, twenty times the stall and three times the whole answer's time.
    for _ in 0..20 {
        piece(&hand);
        assert_eq!(text(&mut stream).await, StreamEvent::Text("word".into()));
        clock.sleep(STALL).await;
    }
    // The rest comes a little later than it is asked for: the limits have begun anew.
    let (late, ()) = tokio::join!(text(&mut stream), async {
        clock.sleep(STALL / 2).await;
        piece(&hand);
    });
    assert_eq!(late, StreamEvent::Text("word".into()));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_is_silent_is_found_out_though_its_reader_is_slow() {
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let (mut stream, hand) = stream(&clock);
    piece(&hand);
    text(&mut stream).await;
    clock.sleep(TOTAL).await;
    let asked = clock.moment();
    let failure = stream.next().await.unwrap().unwrap_err();
    assert_eq!(failure.class, FailureClass::TimeoutStall);
    assert_eq!(clock.moment().since(asked), STALL, "its own time, and all of it");
}

#[tokio::test(start_paused = true)]
async fn pieces_that_come_in_time_do_not_make_an_answer_endless() {
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let (mut stream, hand) = stream(&clock);
    let giving = async {
        loop {
            piece(&hand);
            clock.sleep(STALL / 2).await;
        }
    };
    let reading = async {
        loop {
            if let Err(failure) = stream.next().await.unwrap() {
                return failure;
            }
        }
    };
    let failure = tokio::select! {
        failure = reading => failure,
        () = giving => unreachable!(),
    };
    assert_eq!(failure.class, FailureClass::TimeoutTotal);
    assert_eq!(clock.now(), UnixMs(60_000));
}

#[tokio::test(start_paused = true)]
async fn silence_is_told_while_it_lasts_and_only_while_the_provider_is_waited_for() {
    let clock = Clock::scaled(UnixMs(0), 1.0);
    let (mut stream, hand) = stream(&clock);
    piece(&hand);
    text(&mut stream).await;
    clock.sleep(STALL).await;
    assert_eq!(stream.silent_for(clock.moment()), Duration::ZERO, "nobody asks for more");
    let asked = clock.timeout(STALL / 2, stream.next()).await;
    assert!(asked.is_err(), "nothing came");
    assert_eq!(stream.silent_for(clock.moment()), STALL / 2);
}
