use super::*;

use Action::{NextMode, NextTarget, ToCaller};

const RETRY: Action = Action::RetryHere(Wait::Backoff);
const THROTTLE: Action = Action::RetryHere(Wait::Throttle);
const EVERY_WHOSE: [Whose; 7] = [
    Whose::Theirs,
    Whose::OurConfiguration,
    Whose::OurQuota,
    Whose::OurBilling,
    Whose::OurNetwork,
    Whose::Caller,
    Whose::Unknown,
];

fn usual(class: FailureClass) -> FailedAttempt {
    FailedAttempt {
        class,
        inner: None,
        retryable: true,
        next_target_helps: true,
        whose: class.usually_whose(),
    }
}

fn standing(attempts_here: u32, target_follows: bool, mode_follows: bool) -> Standing {
    Standing { attempts_here, target_follows, mode_follows }
}

fn changes(entries: &[(FailureClass, RuleChange)]) -> Result<Matrix, RuleError> {
    Matrix::with_changes(&entries.iter().copied().collect())
}

fn then(then: Then) -> RuleChange {
    RuleChange { then: Some(then), ..RuleChange::default() }
}

/// Every class with the actions after its first, second and third attempt: where a target and a
/// mode follow, only a target, only a mode, neither. `r` retries, `w` waits as stated and retries,
/// `t` next target, `m` next mode, `c` to the caller.
const TABLE: [(FailureClass, [&str; 4]); 29] = {
    use FailureClass as Class;
    [
        (Class::Connect, ["rtt", "rtt", "rrm", "rrc"]),
        (Class::Dns, ["ttt", "ttt", "rmm", "rcc"]),
        (Class::Tls, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::TimeoutConnect, ["ttt", "ttt", "rmm", "rcc"]),
        (Class::TimeoutFirstToken, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::TimeoutStall, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::TimeoutTotal, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::RateLimited, ["ttt", "ttt", "wwm", "wwc"]),
        (Class::ConcurrencyLimited, ["ttt", "ttt", "wwm", "wwc"]),
        (Class::QuotaExhausted, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::SpendCap, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::Overloaded, ["rtt", "rtt", "rrm", "rrc"]),
        (Class::ServerError, ["rtt", "rtt", "rrm", "rrc"]),
        (Class::GatewayError, ["rtt", "rtt", "rrm", "rrc"]),
        (Class::InvalidRequest, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::Authentication, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::Permission, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::ModelNotFound, ["ttt", "ttt", "mmm", "ccc"]),
        (Class::ContextLength, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::PayloadTooLarge, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::ContentFilter, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::Refusal, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::MalformedOutput, ["rtt", "rtt", "rmm", "rcc"]),
        (Class::MalformedToolCall, ["rtt", "rtt", "rmm", "rcc"]),
        (Class::Truncated, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::Empty, ["rtt", "rtt", "rmm", "rcc"]),
        (Class::ErrorInStream, ["rtt", "rtt", "rmm", "rcc"]),
        (Class::ClientCancelled, ["ccc", "ccc", "ccc", "ccc"]),
        (Class::Unknown, ["rtt", "rtt", "rmm", "rcc"]),
    ]
};

fn named(letter: char) -> Action {
    match letter {
        'r' => RETRY,
        'w' => THROTTLE,
        't' => NextTarget,
        'm' => NextMode,
        'c' => ToCaller,
        other => panic!("`{other}` is no action"),
    }
}

#[test]
fn every_class_in_every_standing_does_what_the_table_says() {
    let in_table: Vec<FailureClass> = TABLE.iter().map(|(class, _)| *class).collect();
    assert_eq!(in_table, FailureClass::ALL, "the table is total");
    let matrix = Matrix::default();
    let follows = [(true, true), (true, false), (false, true), (false, false)];
    for (class, rows) in TABLE {
        for ((target_follows, mode_follows), row) in follows.into_iter().zip(rows) {
            for (attempts_here, letter) in (1..).zip(row.chars()) {
                let standing = standing(attempts_here, target_follows, mode_follows);
                let action = matrix.action(&usual(class), &standing);
                assert_eq!(action, named(letter), "{class:?} in {standing:?}");
            }
        }
    }
}

/// Every class, every reading of it and every standing.
fn every_cell() -> impl Iterator<Item = (FailedAttempt, Standing)> {
    let flags = || [false, true].into_iter();
    let readings = FailureClass::ALL.into_iter().flat_map(move |class| {
        EVERY_WHOSE.into_iter().flat_map(move |whose| {
            flags().flat_map(move |retryable| {
                flags().map(move |next_target_helps| FailedAttempt {
                    class,
                    inner: None,
                    retryable,
                    next_target_helps,
                    whose,
                })
            })
        })
    });
    readings.flat_map(move |failed| {
        (1..5).flat_map(move |attempts_here| {
            flags().flat_map(move |target_follows| {
                flags().map(move |mode_follows| {
                    (failed, Standing { attempts_here, target_follows, mode_follows })
                })
            })
        })
    })
}

#[test]
fn what_the_classifier_read_bounds_every_cell() {
    let matrix = Matrix::default();
    for (failed, standing) in every_cell() {
        let what = format!("{failed:?} in {standing:?}");
        let action = matrix.action(&failed, &standing);
        match action {
            Action::RetryHere(_) => {
                assert!(failed.retryable, "retried what will fail again: {what}");
                assert!(!is_refused_for_good(failed.class), "asked twice: {what}");
                assert!(standing.attempts_here <= 2, "no end of retries: {what}");
            }
            NextTarget => {
                assert!(failed.next_target_helps && standing.target_follows, "{what}");
                assert_ne!(failed.class, FailureClass::ClientCancelled, "{what}");
            }
            NextMode => assert!(standing.mode_follows, "no mode is left: {what}"),
            ToCaller => {}
        }
        let whose_known = failed.class != FailureClass::ClientCancelled;
        let elsewhere = failed.next_target_helps && standing.target_follows;
        if whose_known && failed.whose != Whose::Caller && (elsewhere || standing.mode_follows) {
            assert_ne!(action, ToCaller, "told off for what is not the caller's: {what}");
        }
    }
}

#[test]
fn onward_never_retries_and_agrees_with_the_action_that_does_not() {
    let matrix = Matrix::default();
    for (failed, standing) in every_cell() {
        let onward = matrix.onward(&failed, &standing);
        assert!(!matches!(onward, Action::RetryHere(_)), "{failed:?} in {standing:?}");
        let action = matrix.action(&failed, &standing);
        if !matches!(action, Action::RetryHere(_)) {
            assert_eq!(action, onward, "{failed:?} in {standing:?}");
        }
    }
}

#[test]
fn a_broken_stream_is_treated_as_what_broke_it() {
    let matrix = Matrix::default();
    for (inner, rows) in TABLE {
        let broken = FailedAttempt {
            class: FailureClass::ErrorInStream,
            inner: Some(inner),
            ..usual(inner)
        };
        let expected = rows[1].chars().next().map(named);
        assert_eq!(Some(matrix.action(&broken, &standing(1, true, false))), expected, "{inner:?}");
    }
}

#[test]
fn a_target_that_refused_for_good_is_left_out_in_lower_modes_too() {
    for class in FailureClass::ALL {
        assert_eq!(usual(class).rules_out_target(), is_refused_for_good(class), "{class:?}");
        let read_as_final = FailedAttempt { retryable: false, ..usual(class) };
        assert!(read_as_final.rules_out_target(), "{class:?}");
    }
}

#[test]
fn a_target_that_would_say_the_same_is_not_counted_as_another() {
    let alone = FailedAttempt { next_target_helps: false, ..usual(FailureClass::RateLimited) };
    let matrix = Matrix::default();
    assert_eq!(matrix.action(&alone, &standing(1, true, false)), THROTTLE);
    assert_eq!(matrix.action(&alone, &standing(3, true, true)), NextMode);
}

#[test]
fn a_request_too_large_for_our_own_quota_goes_to_the_next_target() {
    let class = FailureClass::PayloadTooLarge;
    let ours = FailedAttempt { whose: Whose::OurQuota, retryable: false, ..usual(class) };
    let matrix = Matrix::default();
    assert_eq!(matrix.action(&ours, &standing(1, true, false)), NextTarget);
    assert_eq!(matrix.action(&usual(class), &standing(1, true, false)), ToCaller);
}

#[test]
fn a_route_changes_its_own_entries_and_no_others() {
    let class = FailureClass::Overloaded;
    let matrix = changes(&[
        (class, RuleChange { retries: Some(0), ..RuleChange::default() }),
        (FailureClass::ContentFilter, then(Then::NextMode)),
    ])
    .unwrap();
    assert_eq!(matrix.action(&usual(class), &standing(1, true, false)), NextTarget);
    assert_eq!(
        matrix.action(&usual(class), &standing(1, false, false)),
        ToCaller,
        "who says no retries means none, with and without a standby"
    );
    let filtered = usual(FailureClass::ContentFilter);
    assert_eq!(matrix.action(&filtered, &standing(1, true, true)), NextMode);
    assert_eq!(matrix.action(&filtered, &standing(1, true, false)), ToCaller);
    for other in FailureClass::ALL {
        if other != class && other != FailureClass::ContentFilter {
            assert_eq!(matrix.rule(other), usual_rule(other));
        }
    }
}

#[test]
fn a_route_that_says_to_caller_in_so_many_words_gets_it() {
    let class = FailureClass::ServerError;
    let everything_follows = standing(3, true, true);
    let matrix = changes(&[(class, then(Then::ToCaller))]).unwrap();
    assert_eq!(matrix.action(&usual(class), &everything_follows), ToCaller);
    let caller_class = FailureClass::Refusal;
    let theirs = FailedAttempt { whose: Whose::Theirs, ..usual(caller_class) };
    assert_eq!(Matrix::default().action(&theirs, &everything_follows), NextTarget);
    let explicit = changes(&[(caller_class, then(Then::ToCaller))]).unwrap();
    assert_eq!(explicit.action(&theirs, &everything_follows), ToCaller);
}

#[test]
fn a_failure_of_theirs_that_finds_no_lower_mode_still_goes_to_the_next_target() {
    let class = FailureClass::TimeoutTotal;
    let matrix = changes(&[(class, then(Then::NextMode))]).unwrap();
    assert_eq!(matrix.action(&usual(class), &standing(1, true, true)), NextMode);
    assert_eq!(matrix.action(&usual(class), &standing(1, true, false)), NextTarget);
}

#[test]
fn changes_that_would_repeat_a_final_answer_or_never_end_are_refused() {
    let retries = |retries| RuleChange { retries: Some(retries), ..RuleChange::default() };
    for class in FailureClass::ALL {
        let asked = changes(&[(class, retries(1))]);
        let refused = is_refused_for_good(class) || class == FailureClass::ClientCancelled;
        assert_eq!(asked.is_err(), refused, "{class:?}");
        if let Err(error) = asked {
            assert_eq!(error.class(), class);
            assert!(error.to_string().contains(class.as_str()), "{error}");
        }
    }
    let class = FailureClass::Empty;
    assert!(changes(&[(class, retries(MOST_RETRIES))]).is_ok());
    let asked = MOST_RETRIES + 1;
    let too_many = changes(&[(class, retries(asked))]);
    assert_eq!(too_many, Err(RuleError::TooManyRetries { class, asked }));
    let alone = RuleChange { retries_alone: Some(asked), ..RuleChange::default() };
    assert_eq!(changes(&[(class, alone)]), Err(RuleError::TooManyRetries { class, asked }));
}

#[test]
fn a_change_reads_from_a_routes_configuration_and_a_misspelt_word_does_not() {
    type Table = BTreeMap<FailureClass, RuleChange>;
    let read: Table = toml::from_str("overloaded = { retries = 2, then = \"next_mode\" }").unwrap();
    let expected = RuleChange { retries: Some(2), retries_alone: None, then: Some(Then::NextMode) };
    assert_eq!(read.get(&FailureClass::Overloaded), Some(&expected));
    for misspelt in
        ["overloded = {}", "overloaded = { retry = 2 }", "overloaded = { then = \"up\" }"]
    {
        assert!(toml::from_str::<Table>(misspelt).is_err(), "{misspelt}");
    }
}
