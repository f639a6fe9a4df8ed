//! What goes wrong, told once: each story can happen to each vendor that has what it needs.

use changeover_domain::Signature::{self, CapacityExhaustion, OrchestrationFailure};
use changeover_domain::VerdictKind::{
    self, Operating, OurBilling, OurConfiguration, OurQuota, TheirDegradation, TheirOutage, Unknown,
};

use crate::vendors::Vendor;

const THEIRS: &[VerdictKind] = &[TheirDegradation, TheirOutage];

/// What becomes of one vendor.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) name: &'static str,
    /// Keys of `[[faults]]`; `OTHER` stands for another model of the vendor.
    pub(crate) effects: &'static str,
    pub(crate) reach: Reach,
    pub(crate) kinds: &'static [VerdictKind],
    /// What kind of failure it has to be taken for, where the story leaves no choice.
    pub(crate) signature: Option<Signature>,
    /// What a vendor needs for it to happen there.
    pub(crate) needs: Need,
    /// Whether the page speaks at once; else it is silent.
    pub(crate) page_speaks: bool,
    /// Whether the console has watched for a while before, and knows the usual pace.
    pub(crate) learnt: bool,
}

/// How much of a vendor goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    OneModel,
    Region,
    All,
    /// All that callers ask: small requests are spared.
    Callers,
}

/// What not every vendor of the sandbox has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    Page,
    Tls,
    Region,
    SecondModel,
    WordsForMoney,
}

impl Need {
    /// Why the story cannot happen to the vendor; `None` where it can.
    pub(crate) fn missing(self, vendor: &Vendor) -> Option<&'static str> {
        let (has, why) = match self {
            Self::Nothing => (true, ""),
            Self::Page => (vendor.has_page, "has no status page"),
            Self::Tls => (vendor.speaks_tls, "is asked in clear: it has no certificate"),
            Self::Region => (vendor.region.is_some(), "lets nobody choose a region"),
            Self::SecondModel => (vendor.targets.len() > 1, "has one model"),
            Self::WordsForMoney => (vendor.id != "azure", "says nothing of money in its API"),
        };
        (!has).then_some(why)
    }
}

const fn all(name: &'static str, effects: &'static str, kinds: &'static [VerdictKind]) -> Story {
    Story {
        name,
        effects,
        reach: Reach::All,
        kinds,
        signature: None,
        needs: Need::Nothing,
        page_speaks: false,
        learnt: false,
    }
}

const fn one(name: &'static str, effects: &'static str, kinds: &'static [VerdictKind]) -> Story {
    Story { reach: Reach::OneModel, ..all(name, effects, kinds) }
}

/// A round takes those at `i`, `i + 5`, `i + 10` and `i + 15`, so what stands at even places meets two
/// vendors in the even rounds and the other two in the odd ones. What takes connections away stands so
/// that no two such stories meet: a world in which every vendor is unreached is another story.
pub(crate) const STORIES: [Story; 24] = [
    all("accepted, never answered", "hang = 0.9", THEIRS),
    Story {
        needs: Need::Tls,
        ..all("TLS broken: certificate expired", "certificate = \"expired\"", &[TheirOutage])
    },
    all("bad key", "errors = [{ class = \"authentication\", share = 1.0 }]", &[OurConfiguration]),
    // The resolver may have lost one name, or the vendor: with only that to see nobody can say.
    all("DNS broken for one vendor", "name_gone = true", &[TheirOutage, Unknown, OurConfiguration]),
    all("connections refused", "connection_refused = true", &[TheirOutage]),
    Story {
        reach: Reach::Region,
        needs: Need::Region,
        ..all("region down", "errors = [{ status = 500, share = 0.95 }]", THEIRS)
    },
    Story {
        needs: Need::WordsForMoney,
        ..all("spend cap", "errors = [{ class = \"spend_cap\", share = 1.0 }]", &[OurBilling])
    },
    one(
        "rate limit of one model",
        "errors = [{ class = \"rate_limited\", share = 0.7 }]\nheadroom = 0.0",
        &[OurQuota],
    ),
    Story {
        needs: Need::Page,
        page_speaks: true,
        ..all("page claims an outage that is none", "claimed = 0.95", &[Operating])
    },
    Story {
        signature: Some(CapacityExhaustion),
        ..one(
            "overload of one model",
            "errors = [{ status = 529, share = 0.7 }]\nlatency_factor = 1.4",
            THEIRS,
        )
    },
    Story {
        needs: Need::Page,
        ..all(
            "outage, and the page is silent",
            "errors = [{ status = 500, share = 0.95 }]",
            &[TheirOutage],
        )
    },
    Story {
        signature: Some(OrchestrationFailure),
        ..all(
            "orchestration failure",
            "errors = [{ status = 500, share = 0.4 }]\nlatency_factor = 3.5",
            THEIRS,
        )
    },
    Story {
        signature: Some(CapacityExhaustion),
        ..all("overload of all models", "errors = [{ status = 529, share = 0.9 }]", THEIRS)
    },
    all("quota used up", "errors = [{ class = \"quota_exhausted\", share = 1.0 }]", &[OurQuota]),
    all("latency only", "latency_factor = 8.0", &[TheirDegradation]),
    Story {
        needs: Need::SecondModel,
        ..one("model swapped", "model_swap = \"OTHER\"", &[TheirDegradation])
    },
    all("stall in mid-stream", "stall = { share = 0.9, after_tokens = 5 }", THEIRS),
    Story {
        learnt: true,
        ..one("throughput only", "throughput_factor = 0.2", &[TheirDegradation])
    },
    all("refusals", "refusal = 0.6", &[TheirDegradation]),
    all("malformed JSON", "malformed_json = 0.7", THEIRS),
    all(
        "200 with an error in the stream",
        "errors = [{ class = \"error_in_stream\", share = 0.9 }]",
        THEIRS,
    ),
    Story {
        reach: Reach::Callers,
        ..all(
            "probes blind while traffic fails",
            "errors = [{ status = 500, share = 0.9 }]\nfrom_input_tokens = 30",
            THEIRS,
        )
    },
    one(
        "wrong model name",
        "errors = [{ class = \"model_not_found\", share = 1.0 }]",
        &[OurConfiguration],
    ),
    all(
        "garbage of an intermediary",
        "errors = [{ class = \"gateway_error\", share = 0.95 }]",
        THEIRS,
    ),
];
