//! What to do about what is ours to mend: concrete steps, in the order in which they help.
//!
//! Not for what is theirs: there a lever helps (the engine suggests one), and nothing of ours is to
//! be mended. A step names the thing to look at; none is carried out by us.

use changeover_domain::{FailureClass, VerdictKind};
use serde::{Deserialize, Serialize};

use super::inputs::VerdictInputs;
use super::trouble::{Basis, finding};
use super::words::class_phrase;
use crate::witness::OwnNetwork;

/// What is left of a limit that is hit; more is left of another one.
const SCARCE_PERCENT: u8 = 10;

/// What to mend and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    pub title: String,
    pub steps: Vec<String>,
}

/// What is to be mended on our side; `None` where nothing is. `provider` as people call it.
#[must_use]
pub fn fix(inputs: &VerdictInputs, provider: &str) -> Option<Fix> {
    let found = finding(inputs);
    match found.kind {
        VerdictKind::OurConfiguration => Some(configuration(inputs, provider)),
        VerdictKind::OurQuota => Some(quota(inputs, provider)),
        VerdictKind::OurBilling => Some(billing(provider)),
        VerdictKind::OurNetwork => Some(network(inputs)),
        VerdictKind::Unknown if found.basis == Basis::Connections => Some(wall()),
        VerdictKind::Unknown if found.basis == Basis::Failures => Some(lost(inputs, provider)),
        VerdictKind::Unknown if inputs.of.long.probes.invalid() > 0 => Some(probe(inputs)),
        VerdictKind::Operating if found.basis == Basis::ProbesAlone => Some(probes_own(inputs)),
        VerdictKind::Unknown
        | VerdictKind::Operating
        | VerdictKind::TheirDegradation
        | VerdictKind::TheirOutage => None,
    }
}

fn steps(title: String, steps: impl IntoIterator<Item = String>) -> Fix {
    Fix { title, steps: steps.into_iter().collect() }
}

fn configuration(inputs: &VerdictInputs, provider: &str) -> Fix {
    let of = &inputs.of;
    let (model, target) = (&of.model, &of.target);
    let reload = "reload the gateways; the next probe shows whether it was that".to_owned();
    match of.long.commonest() {
        Some(FailureClass::ModelNotFound) => steps(
            format!("`{model}` is not a model of {provider} for your key"),
            [
                format!("compare `{model}` letter by letter with the vendor's list of models"),
                "was it retired, or never opened to your organisation or region?".to_owned(),
                format!("correct `model` of target `{target}` for console and gateways"),
                reload,
            ],
        ),
        Some(FailureClass::Permission) => steps(
            format!("your key may not use `{model}` at {provider}"),
            [
                "look at the key's project and rights in the vendor's console".to_owned(),
                "was access to this model, region or feature granted to that project?".to_owned(),
                reload,
            ],
        ),
        _ => steps(
            format!("{provider} refuses your key"),
            [
                "check the credentials: which key is used, from where, and what shadows it"
                    .to_owned(),
                "was the key revoked, has it expired, is it of another organisation?".to_owned(),
                "put a good key where the configuration points to".to_owned(),
                reload,
            ],
        ),
    }
}

fn quota(inputs: &VerdictInputs, provider: &str) -> Fix {
    let used_up = inputs.of.long.commonest() == Some(FailureClass::QuotaExhausted);
    // What was left before the limit was hit, or of another limit, is no word on this one.
    let since = inputs.of.long.first_failure_at();
    let told = inputs.of.headroom.filter(|headroom| since.is_none_or(|at| headroom.read_at >= at));
    let left = told.and_then(|headroom| headroom.least_percent());
    let title = match left.filter(|left| *left <= SCARCE_PERCENT) {
        Some(left) => format!("your limit at {provider} is reached: {left} % of it is left"),
        None => format!("your limit at {provider} is reached"),
    };
    let wait = if used_up {
        "see when the quota is renewed: often with the day or the month"
    } else {
        "wait for the reset that the vendor names, usually within a minute"
    };
    steps(
        title,
        [
            "move what can wait or degrade to a standby, or to a lesser mode".to_owned(),
            "look for whoever began to ask more: the traffic by route shows it".to_owned(),
            wait.to_owned(),
            "ask the vendor for a higher limit".to_owned(),
        ],
    )
}

fn billing(provider: &str) -> Fix {
    steps(
        format!("{provider} serves no more until the bill is settled"),
        [
            "move the routes to a standby of another provider".to_owned(),
            "open the vendor's billing page: is credit used up, a cap reached, a card refused?"
                .to_owned(),
            "raise the cap or pay; it takes effect within minutes".to_owned(),
        ],
    )
}

fn network(inputs: &VerdictInputs) -> Fix {
    let (title, first) = match inputs.around.own_network {
        OwnNetwork::NamesGone => {
            ("your resolver does not answer", "is the DNS server of this machine reachable?")
        }
        OwnNetwork::TlsGone => (
            "something between you and the world breaks TLS",
            "is there a proxy or firewall that opens connections, and is its certificate trusted?",
        ),
        OwnNetwork::Gone => ("your network is gone", "cable, Wi-Fi, VPN: is there a route at all?"),
        OwnNetwork::Present | OwnNetwork::Unknown => (
            "no provider can be reached from here",
            "does anything else on this machine reach the internet?",
        ),
    };
    steps(
        title.to_owned(),
        [
            first.to_owned(),
            gateways(inputs),
            "look at the gateways from another network".to_owned(),
        ],
    )
}

/// What becomes of the callers meanwhile, as far as their gateways were heard.
fn gateways(inputs: &VerdictInputs) -> String {
    let traffic = &inputs.of.long.traffic;
    match (traffic.failed(), traffic.attempts()) {
        (_, 0) => {
            "leave the levers: no gateway was heard, and those elsewhere may be well".to_owned()
        }
        (0, all) => {
            format!("leave the levers: the gateways are well (0 of {all} attempts failed)")
        }
        (failed, all) => format!(
            "{failed} of {all} gateway attempts failed as well: they share your network, and no \
             lever leads around it"
        ),
    }
}

fn wall() -> Fix {
    steps(
        "no provider can be reached, while neutral hosts answer".to_owned(),
        [
            "does a firewall or proxy of yours forbid the providers' hosts?".to_owned(),
            "do the providers share a network that is down? Ask from another one".to_owned(),
        ],
    )
}

/// What is lost here alone, as far as anybody looked.
fn lost(inputs: &VerdictInputs, provider: &str) -> Fix {
    let target = &inputs.of.target;
    let class = inputs.of.long.commonest().map_or("not reached", class_phrase);
    steps(
        format!("{provider} is not reached from here ({class}), and others are"),
        [
            "look the provider's host up by another resolver, and from another network".to_owned(),
            format!("is the address of `{target}`'s provider written as the vendor has it?"),
            "does a proxy or filter of yours stand before this host alone?".to_owned(),
        ],
    )
}

fn probe(inputs: &VerdictInputs) -> Fix {
    let target = &inputs.of.target;
    steps(
        format!("the probe of `{target}` is rejected as invalid"),
        [
            "read the last probe's detail: the vendor names the field".to_owned(),
            "correct the target's model or capabilities in the configuration".to_owned(),
        ],
    )
}

fn probes_own(inputs: &VerdictInputs) -> Fix {
    let class = inputs.of.long.probes.commonest().map_or("a fault of their own", class_phrase);
    steps(
        format!("only the probes fail ({class}); callers are served"),
        [
            "compare the console's key for this provider with the gateways'".to_owned(),
            "give the console a good key; until then its probes prove nothing".to_owned(),
        ],
    )
}
