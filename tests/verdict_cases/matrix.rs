//! Which story meets which vendor in which round, and what is asked of it there.
//!
//! In round `i` the vendors, side by side in one world, get the stories `i`, `i + 5`, `i + 10` and
//! `i + 15`. All rounds together are every pair; the even ones alone are a half in which every story
//! meets two vendors, but for what only one vendor has.

use changeover_domain::{Scope, VerdictKind};

use crate::round::{Case, Round};
use crate::stories::{Reach, STORIES, Story};
use crate::vendors::{VENDORS, Vendor, everything};

/// Between the stories of two vendors in one round.
const APART: usize = 5;

/// What of the watcher's own network is lost, and what has to be said of which targets then.
const OWN_NETWORK: [(&str, &str, &[VerdictKind]); 4] = [
    ("own network gone", "everything", &[VerdictKind::OurNetwork]),
    ("own resolver gone", "names", &[VerdictKind::OurNetwork]),
    // Only one vendor is asked over TLS, so whose the certificate is cannot be proved.
    (
        "own proxy breaks TLS",
        "tls",
        &[VerdictKind::OurNetwork, VerdictKind::Unknown, VerdictKind::OurConfiguration],
    ),
    ("neutral hosts alone gone", "neutral", &[VerdictKind::Operating]),
];

/// Every story at every vendor.
pub(crate) fn every_round() -> Vec<Round> {
    (0..STORIES.len()).map(round).chain(own_network()).collect()
}

/// Every story at two vendors, twelve at each.
pub(crate) fn half_of_the_rounds() -> Vec<Round> {
    (0..STORIES.len()).step_by(2).map(round).chain(own_network()).collect()
}

/// The pairs that there cannot be, with why.
pub(crate) fn exceptions() -> Vec<String> {
    let pairs = STORIES.iter().flat_map(|story| VENDORS.iter().map(move |vendor| (story, vendor)));
    let missing = |(story, vendor): (&Story, &Vendor)| {
        let why = story.needs.missing(vendor)?;
        Some(format!("{} × {}: {} {why}", story.name, vendor.id, vendor.id))
    };
    pairs.filter_map(missing).collect()
}

fn round(at: usize) -> Round {
    let pairs = VENDORS.iter().zip((at..).step_by(APART));
    let pairs = pairs.filter_map(|(vendor, at)| Some((vendor, STORIES.get(at % STORIES.len())?)));
    let pairs: Vec<(&'static Vendor, &'static Story)> =
        pairs.filter(|(vendor, story)| story.needs.missing(vendor).is_none()).collect();
    let mut toml = head();
    for (vendor, story) in &pairs {
        toml.push_str(&page(vendor, story));
        toml.push_str(&fault(vendor, story));
    }
    let learns = pairs.iter().filter(|(_, story)| story.learnt);
    Round {
        name: format!("round {at}"),
        toml,
        learnt: learns.flat_map(|(vendor, _)| vendor.targets).collect(),
        own_network: false,
        cases: pairs.iter().map(|(vendor, story)| case(vendor, story)).collect(),
    }
}

fn own_network() -> impl Iterator<Item = Round> {
    OWN_NETWORK.into_iter().map(|(name, lost, kinds)| {
        let tls = VENDORS.iter().filter(|vendor| vendor.speaks_tls);
        let of_tls = tls.flat_map(|vendor| vendor.targets).map(|watched| watched.target);
        Round {
            name: name.to_owned(),
            toml: format!("{}[[own_network]]\nlost = \"{lost}\"\nfrom_s = 5\n", head()),
            learnt: Vec::new(),
            // Where neutral hosts alone are away, nothing of ours is.
            own_network: lost != "neutral",
            cases: vec![Case {
                story: name,
                vendor: "ours",
                targets: if lost == "tls" { of_tls.collect() } else { everything() },
                kinds,
                // Whoever is in the way shows a vendor's failure to all who look from here.
                in_doubt: if lost == "tls" { &[VerdictKind::TheirOutage] } else { &[] },
                scope: None,
                signature: None,
            }],
        }
    })
}

fn head() -> String {
    "title = \"T\"\ndescription = \"D\"\nseed = 77\nduration_s = 600\n".to_owned()
}

fn page(vendor: &Vendor, story: &Story) -> String {
    let how = if story.page_speaks { "lag_s = 0" } else { "silent = true" };
    format!("[[status]]\nprovider = \"{}\"\n{how}\n", vendor.id)
}

fn fault(vendor: &Vendor, story: &Story) -> String {
    let reach = match (story.reach, vendor.region) {
        (Reach::OneModel, _) => format!("models = [\"{}\"]\n", vendor.first().model),
        (Reach::Region, Some((region, _))) => format!("regions = [\"{region}\"]\n"),
        _ => String::new(),
    };
    let other = vendor.targets.last().map_or("", |watched| watched.model);
    let effects = story.effects.replace("OTHER", other);
    format!("[[faults]]\nprovider = \"{}\"\n{reach}{effects}\nfrom_s = 5\n", vendor.id)
}

fn case(vendor: &Vendor, story: &Story) -> Case {
    let all = vendor.targets.iter();
    let targets: Vec<&str> = match (story.reach, vendor.region) {
        (Reach::OneModel, _) => vec![vendor.first().target],
        (Reach::Region, Some((_, targets))) => targets.to_vec(),
        (Reach::Callers, _) => {
            all.filter(|watched| watched.has_callers).map(|watched| watched.target).collect()
        }
        _ => all.map(|watched| watched.target).collect(),
    };
    // Of a vendor's only model nobody can say whether the others would fail; and what is well, or not
    // known, reaches nowhere.
    let reaches_nowhere = [VerdictKind::Operating, VerdictKind::Unknown];
    let is_trouble = story.kinds.iter().all(|kind| !reaches_nowhere.contains(kind));
    let tells_models_apart = vendor.targets.len() > 1 && is_trouble;
    let scope = match story.reach {
        Reach::OneModel => Some(Scope::Model),
        Reach::Region => Some(Scope::Region),
        Reach::All => Some(Scope::Provider),
        Reach::Callers => None,
    };
    Case {
        story: story.name,
        vendor: vendor.id,
        targets,
        kinds: story.kinds,
        in_doubt: &[],
        scope: scope.filter(|_| tells_models_apart),
        signature: story.signature.filter(|_| vendor.targets.len() > 1),
    }
}
