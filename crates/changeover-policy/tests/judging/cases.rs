//! Scripted failures: the right verdict within a minute, and never a wrong one with confidence.
//!
//! Each case is a quarter of an hour of calm, ten minutes of trouble and six minutes after it, judged
//! every second. While it lasts a verdict that is not one of the right ones may only be said with low
//! confidence; before a minute has passed "operating" is not wrong yet. At the end everything is
//! operating again.

use changeover_domain::VerdictKind::{
    Operating, OurBilling, OurConfiguration, OurNetwork, OurQuota, TheirDegradation, TheirOutage,
    Unknown,
};
use changeover_domain::{
    ComponentState, Confidence, FailureClass, Scope, Signature, Verdict, VerdictKind,
};

use crate::fault::{Hits, OwnNetworkFault, Script, SeenBy, on};
use crate::world::World;

const ONSET_S: i64 = 900;
const END_S: i64 = 1_500;
const LAST_S: i64 = 1_860;
/// The promise.
const WITHIN_S: i64 = 60;
/// What a good day has.
const ERROR_SHARE: f64 = 0.002;

const THEIRS: &[VerdictKind] = &[TheirDegradation, TheirOutage];

/// What is right to say, of whom.
struct Case {
    script: Script,
    /// Targets on which one of these verdicts must be said in time.
    must: Vec<(&'static str, &'static [VerdictKind])>,
    /// Verdicts that may be said of others, besides that they operate.
    may: Vec<(&'static str, &'static [VerdictKind])>,
    scope: Option<Scope>,
    signature: Option<Signature>,
    /// Nobody calls, and probes are so many seconds apart.
    only_probed_every_s: Option<i64>,
}

fn case(script: impl Into<Script>, must: &[&'static str], kinds: &'static [VerdictKind]) -> Case {
    Case {
        script: script.into(),
        must: must.iter().map(|id| (*id, kinds)).collect(),
        may: Vec::new(),
        scope: None,
        signature: None,
        only_probed_every_s: None,
    }
}

/// From the first failed probe to the third, with what they take and a margin.
const CLOSE_LOOK_S: i64 = 45;

impl Case {
    fn only_probed(self, every_s: i64) -> Self {
        Self { only_probed_every_s: Some(every_s), ..self }
    }

    /// A probe must have come by before anything can be known.
    fn within_s(&self) -> i64 {
        self.only_probed_every_s.map_or(WITHIN_S, |every_s| every_s + CLOSE_LOOK_S)
    }

    fn may(mut self, ids: &[&'static str], kinds: &'static [VerdictKind]) -> Self {
        self.may.extend(ids.iter().map(|id| (*id, kinds)));
        self
    }

    fn scope(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    fn signature(self, signature: Signature) -> Self {
        Self { signature: Some(signature), ..self }
    }

    fn right(&self, id: &str) -> Option<&'static [VerdictKind]> {
        self.must.iter().find(|(must, _)| *must == id).map(|(_, kinds)| *kinds)
    }

    fn is_allowed(&self, verdict: &Verdict, after_s: i64) -> bool {
        let id = verdict.target.as_str();
        let right = self.right(id);
        let may = self.may.iter().any(|(may, kinds)| *may == id && kinds.contains(&verdict.kind));
        let within_s = self.within_s();
        let early = after_s <= within_s || right.is_none();
        may || right.is_some_and(|kinds| kinds.contains(&verdict.kind))
            || (early && matches!(verdict.kind, Operating | Unknown))
            // An outage may be called a degradation while it is being found out.
            || (after_s <= within_s
                && verdict.kind == TheirDegradation
                && right.is_some_and(|kinds| kinds.contains(&TheirOutage)))
            // What is over fades, and is a degradation while it does.
            || (after_s > END_S - ONSET_S && matches!(verdict.kind, Operating | Unknown | TheirDegradation))
    }

    /// Plays it; says what went wrong, or how many seconds the slowest target took.
    fn play(&self, seed: u64) -> Result<i64, String> {
        let world = World::new(seed, ERROR_SHARE, self.script.clone(), ONSET_S..END_S);
        let mut world = match self.only_probed_every_s {
            Some(every_s) => world.only_probed(every_s),
            None => world,
        };
        let mut found: Vec<(&str, Option<i64>)> =
            self.must.iter().map(|(id, _)| (*id, None)).collect();
        let mut last = Vec::new();
        let (mut scoped, mut signed) = (self.scope.is_none(), self.signature.is_none());
        for second in 1..=LAST_S {
            world.pass();
            if second < ONSET_S - 60 && second % 10 != 0 {
                continue;
            }
            last = world.judge().into_iter().map(|judged| judged.verdict).collect();
            let after_s = second - ONSET_S;
            if after_s < 0 {
                continue;
            }
            for verdict in &last {
                if verdict.confidence > Confidence::Low && !self.is_allowed(verdict, after_s) {
                    return Err(format!("confident and wrong after {after_s} s: {verdict:#?}"));
                }
                let right = self.right(verdict.target.as_str());
                if right.is_some_and(|kinds| kinds.contains(&verdict.kind)) {
                    let slot = found.iter_mut().find(|(id, _)| *id == verdict.target.as_str());
                    if let Some((_, at)) = slot {
                        at.get_or_insert(after_s);
                    }
                    let going_on = world.is_wrong();
                    scoped |= going_on && Some(verdict.scope) == self.scope;
                    signed |= going_on && verdict.signature == self.signature;
                }
            }
        }
        if let Some(verdict) = last.iter().find(|verdict| verdict.kind != Operating) {
            return Err(format!("not over six minutes after the end: {verdict:#?}"));
        }
        if !scoped || !signed {
            return Err(format!("never {:?} and {:?}", self.scope, self.signature));
        }
        let late = found.iter().find(|(_, at)| at.is_none_or(|at| at > self.within_s()));
        if let Some((id, at)) = late {
            return Err(format!("{id} found after {at:?} s"));
        }
        Ok(found.iter().filter_map(|(_, at)| *at).max().unwrap_or(0))
    }
}

macro_rules! cases {
    ($($name:ident => $case:expr;)*) => {
        $(
            #[test]
            fn $name() {
                // One play in twenty may be late (the figure below holds that); these are not.
                for seed in [2, 3] {
                    if let Err(problem) = $case.play(seed) {
                        panic!("seed {seed}: {problem}");
                    }
                }
            }
        )*

        /// How sure "within a minute" is: every case with many seeds. Run it with
        /// `--run-ignored only --no-capture` to read the figures.
        #[test]
        #[ignore = "takes minutes: a figure, not a gate"]
        fn nineteen_in_twenty_are_found_in_time_over_many_seeds() {
            let mut figures = Figures::default();
            $(figures.add(stringify!($name), |seed| $case.play(seed));)*
            figures.hold();
        }
    };
}

const SEEDS: u64 = 40;

/// How many of the plays were right, and which were wrong with confidence.
#[derive(Default)]
struct Figures {
    played: u32,
    right: u32,
    confident: Vec<String>,
}

impl Figures {
    fn add(&mut self, name: &str, play: impl Fn(u64) -> Result<i64, String>) {
        let results: Vec<_> = (100..100 + SEEDS).map(play).collect();
        let mut took: Vec<i64> = results.iter().flatten().copied().collect();
        took.sort_unstable();
        let (middle, most) = (took.get(took.len() / 2), took.last());
        println!("{:>2}/{SEEDS} {name}: median {middle:?} s, most {most:?} s", took.len());
        for result in &results {
            self.played += 1;
            self.right += u32::from(result.is_ok());
            let Err(problem) = result else { continue };
            println!("    {}", problem.lines().take(9).map(str::trim).collect::<String>());
            if problem.starts_with("confident") {
                self.confident.push(format!("{name}: {problem}"));
            }
        }
    }

    fn hold(&self) {
        println!(
            "{} of {} right, {} confident and wrong",
            self.right,
            self.played,
            self.confident.len()
        );
        assert!(f64::from(self.right) >= 0.95 * f64::from(self.played));
        assert!(self.confident.is_empty(), "{:#?}", self.confident);
    }
}

cases! {
    overload_of_one_model => case(on(Hits::Target("claude-opus")).errors(FailureClass::Overloaded, 0.6).latency(1.4), &["claude-opus"], THEIRS)
        .scope(Scope::Model).signature(Signature::CapacityExhaustion);

    overload_of_all_models => case(on(Hits::Provider("anthropic")).errors(FailureClass::Overloaded, 0.9), &["claude-opus", "claude-haiku"], THEIRS)
        .scope(Scope::Provider).signature(Signature::CapacityExhaustion);

    orchestration_failure => case(on(Hits::Provider("openai")).errors(FailureClass::ServerError, 0.23).latency(3.5), &["gpt-main"], THEIRS)
        .may(&["gpt-mini"], THEIRS)
        .scope(Scope::Provider).signature(Signature::OrchestrationFailure);

    quota_used_up => case(on(Hits::Provider("openai")).errors(FailureClass::QuotaExhausted, 1.0).headroom(0), &["gpt-main", "gpt-mini"], &[OurQuota])
        .scope(Scope::Provider);

    rate_limit_of_one_model => case(on(Hits::Target("claude-opus")).errors(FailureClass::RateLimited, 0.4).headroom(0), &["claude-opus"], &[OurQuota])
        .scope(Scope::Model);

    spend_cap_reached => case(on(Hits::Provider("anthropic")).errors(FailureClass::SpendCap, 1.0), &["claude-opus", "claude-haiku"], &[OurBilling]);

    bad_key => case(on(Hits::Provider("openai")).errors(FailureClass::Authentication, 1.0), &["gpt-main", "gpt-mini"], &[OurConfiguration])
        .scope(Scope::Provider);

    wrong_model_name => case(on(Hits::Target("claude-haiku")).errors(FailureClass::ModelNotFound, 1.0), &["claude-haiku"], &[OurConfiguration])
        .scope(Scope::Model);

    region_down => case(on(Hits::Region("eu")).errors(FailureClass::ServerError, 0.9), &["flash-eu", "pro-eu"], THEIRS)
        .scope(Scope::Region).signature(Signature::OrchestrationFailure);

    vendor_refuses_connections => case(on(Hits::Provider("gemini")).errors(FailureClass::Connect, 1.0), &["flash-eu", "pro-eu", "flash-us"], &[TheirOutage])
        .scope(Scope::Provider);

    resolver_broken => case(Script { network: OwnNetworkFault::Resolver, ..Script::default() }, &["claude-opus", "claude-haiku", "gpt-main", "gpt-mini", "flash-eu", "pro-eu", "flash-us"], &[OurNetwork]);

    name_of_one_vendor_gone_everywhere => case(on(Hits::Provider("anthropic")).errors(FailureClass::Dns, 1.0), &["claude-opus", "claude-haiku"], &[TheirOutage]);

    tls_broken_by_something_in_between => case(Script { network: OwnNetworkFault::Tls, ..Script::default() }, &["claude-opus", "claude-haiku", "gpt-main", "gpt-mini", "flash-eu", "pro-eu", "flash-us"], &[OurNetwork]);

    own_network_gone => case(Script { network: OwnNetworkFault::Gone, ..Script::default() }, &["claude-opus", "claude-haiku", "gpt-main", "gpt-mini", "flash-eu", "pro-eu", "flash-us"], &[OurNetwork]);

    latency_only => case(on(Hits::Provider("openai")).latency(8.0), &["gpt-main", "gpt-mini"], &[TheirDegradation])
        .scope(Scope::Provider);

    throughput_only => case(on(Hits::Target("claude-opus")).throughput(0.3), &["claude-opus"], &[TheirDegradation]);

    stall_in_mid_stream => case(on(Hits::Provider("anthropic")).errors(FailureClass::TimeoutStall, 0.7), &["claude-opus", "claude-haiku"], THEIRS);

    no_first_token => case(on(Hits::Target("gpt-main")).errors(FailureClass::TimeoutFirstToken, 0.9), &["gpt-main"], THEIRS);

    malformed_json => case(on(Hits::Target("gpt-main")).errors(FailureClass::MalformedOutput, 0.4), &["gpt-main"], THEIRS);

    refusals => case(on(Hits::Target("claude-opus")).errors(FailureClass::Refusal, 0.4), &["claude-opus"], &[TheirDegradation]);

    model_swapped => case(on(Hits::Target("gpt-main")).model("gpt-5-nano"), &["gpt-main"], &[TheirDegradation]);

    page_claims_an_outage_that_is_none => case(Script { page: Some(("openai", ComponentState::MajorOutage, true)), ..Script::default() }, &[], &[]);

    page_stays_green_in_an_outage => case(on(Hits::Provider("anthropic")).errors(FailureClass::ServerError, 0.95), &["claude-opus", "claude-haiku"], &[TheirOutage])
        .scope(Scope::Provider).signature(Signature::OrchestrationFailure);

    probes_blind_while_traffic_fails => case(on(Hits::Target("claude-opus")).errors(FailureClass::ServerError, 0.8).seen_by(SeenBy::Traffic), &["claude-opus"], THEIRS);

    probes_key_bad_while_callers_are_served => case(on(Hits::Target("claude-opus")).errors(FailureClass::Authentication, 1.0).seen_by(SeenBy::Probes), &[], &[]);

    probes_rejected_as_invalid => case(on(Hits::Target("gpt-main")).errors(FailureClass::InvalidRequest, 1.0).seen_by(SeenBy::Probes), &[], &[]);

    key_refused_and_accepted_in_turn => case(on(Hits::Provider("openai")).errors(FailureClass::Authentication, 0.5), &["gpt-main"], &[TheirDegradation, TheirOutage, OurConfiguration])
        .may(&["gpt-mini"], &[TheirDegradation, TheirOutage, OurConfiguration]);

    all_models_of_a_vendor_not_found => case(on(Hits::Provider("anthropic")).errors(FailureClass::ModelNotFound, 1.0), &["claude-opus", "claude-haiku"], THEIRS);

    overload_seen_by_probes_a_minute_apart => case(on(Hits::Provider("anthropic")).errors(FailureClass::Overloaded, 1.0), &["claude-opus", "claude-haiku"], THEIRS)
        .scope(Scope::Provider).only_probed(60);

    overload_seen_by_probes_three_minutes_apart => case(on(Hits::Provider("anthropic")).errors(FailureClass::Overloaded, 1.0), &["claude-opus", "claude-haiku"], THEIRS)
        .scope(Scope::Provider).only_probed(180);

    bad_key_seen_by_probes_a_minute_apart => case(on(Hits::Provider("openai")).errors(FailureClass::Authentication, 1.0), &["gpt-main", "gpt-mini"], &[OurConfiguration])
        .only_probed(60);

    bad_key_seen_by_probes_three_minutes_apart => case(on(Hits::Provider("openai")).errors(FailureClass::Authentication, 1.0), &["gpt-main", "gpt-mini"], &[OurConfiguration])
        .only_probed(180);

    quota_seen_by_probes_three_minutes_apart => case(on(Hits::Provider("openai")).errors(FailureClass::QuotaExhausted, 1.0), &["gpt-main", "gpt-mini"], &[OurQuota])
        .only_probed(180);

    vendor_gone_seen_by_probes_a_minute_apart => case(on(Hits::Provider("gemini")).errors(FailureClass::Connect, 1.0), &["flash-eu", "pro-eu", "flash-us"], &[TheirOutage])
        .only_probed(60);

    nothing_wrong_with_probes_three_minutes_apart => case(Script::default(), &[], &[]).only_probed(180);
}
