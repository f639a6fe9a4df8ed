//! What titles and texts name, against a list of a few.

use super::*;

fn names() -> ModelNames {
    let mut names = ModelNames::none();
    let target = |id: &str| TargetId::try_new(id).unwrap();
    for (says, ours) in [
        (vec!["GPT-5"], vec!["big"]),
        (vec!["GPT-5 mini"], vec!["small"]),
        (vec!["GPT-5.1"], vec![]),
        (vec!["Claude Opus 4.5", "Opus 4.5"], vec!["opus"]),
        (vec!["Claude Opus 4.6", "Opus 4.6"], vec!["newer"]),
        (vec!["Claude Opus", "Opus"], vec!["opus", "newer"]),
        (vec!["Claude Fable 5", "Fable 5"], vec![]),
        (vec!["Command R"], vec![]),
        (vec!["Command R+"], vec!["command"]),
    ] {
        let ours: Vec<TargetId> = ours.into_iter().map(target).collect();
        names.add(says, &ours);
    }
    names.tell_others();
    names.add_model("fast", &target("fast"));
    names.add_model("acme-7b-2026-03-01", &target("acme"));
    names
}

fn named(title: &str, components: &[&str], texts: &[&str]) -> Named {
    names().named(title, components.iter().copied(), texts.iter().copied())
}

fn found(title: &str) -> Vec<String> {
    named(title, &[], &[]).targets.iter().map(ToString::to_string).collect()
}

#[test]
fn a_name_is_known_however_it_is_written() {
    for title in [
        "API: errors in GPT-5-mini",
        "GPT 5 mini slow",
        "gpt_5_mini",
        "Errors (gpt5-mini, others)",
        "gpt-5-mini-2025-08-07 is slow",
        "openai.gpt-5-mini: errors",
    ] {
        assert_eq!(found(title), ["small"], "{title}");
    }
    assert_eq!(found("eu.anthropic.claude-opus-4-5-20251101-v1:0"), ["opus"]);
    assert_eq!(found("Acme 7B is down"), ["acme"], "a target's own model need not be listed");
    assert_eq!(found("Latency of Command R+"), ["command"]);
}

#[test]
fn the_longest_name_wins_and_one_that_goes_on_is_another() {
    assert_eq!(found("Errors on GPT-5."), ["big"]);
    for title in [
        "Errors on gpt-5.1 and gpt-50",
        "gpt-5-nano",
        "GPT-5 Pro",
        "chat-gpt-5x",
        "my-gpt-5",
        "Opus 4.7",
        "Claude Opus 6",
        "Command R",
        "Sopus 4.5",
    ] {
        assert_eq!(found(title), [""; 0], "{title}");
    }
    assert_eq!(found("Errors (Claude Opus 4.5, gpt-5)"), ["big", "opus"]);
}

#[test]
fn a_family_is_all_of_its_models_and_further_versions_are_models_too() {
    assert_eq!(found("Errors on Claude Opus"), ["newer", "opus"]);
    assert_eq!(found("Opus models are slow"), ["newer", "opus"]);
    assert_eq!(found("Elevated errors for Opus 4.5 and 4.6"), ["newer", "opus"]);
    assert_eq!(found("Opus 4.5/4.6"), ["newer", "opus"]);
    assert_eq!(found("Opus 4.5 and 12 more things"), ["opus"]);
}

#[test]
fn all_models_and_ordinary_words_name_nobody() {
    let nobody = Named::default();
    assert_eq!(named("Errors across all models", &["Claude API"], &["The API is slow"]), nobody);
    assert_eq!(named("We work as fast as possible", &[], &["fast!"]), nobody);
    assert_eq!(named("Errors for Fable 5 and other models", &[], &[]), nobody);
    assert_eq!(named("Multiple models, including GPT-5", &[], &[]), nobody, "as a whole");
    assert_eq!(ModelNames::none().named("GPT-5", [], []), nobody);
}

#[test]
fn a_listed_model_that_is_none_of_ours_is_told_from_one_that_nobody_knows() {
    let theirs = named("Elevated errors for Claude Fable 5", &["Claude API"], &["Opus 4.5"]);
    assert_eq!((theirs.targets, theirs.others), (vec![], vec!["Claude Fable 5".to_owned()]));
    assert_eq!(named("Errors for Fable 5 and GPT-5", &[], &[]).others, [""; 0], "ours as well");
    assert_eq!(named("Elevated errors for Claude Zeta 9", &[], &[]), Named::default());
    assert_eq!(named("Down", &["Fable 5", "GPT-5.1"], &[]).others, ["Claude Fable 5", "GPT-5.1"]);
    assert_eq!(named("Down", &["Fable 5", "API"], &[]), Named::default());
    assert_eq!(
        named("Down", &[], &["Fable 5 fails"]),
        Named::default(),
        "a text may say it by the way"
    );
    let mut unsure = names();
    unsure.tells_others = false;
    let named_by = unsure.named("Elevated errors for Claude Fable 5", [], []);
    assert_eq!(named_by, Named::default(), "a target of ours may be it under another name");
    assert_eq!(names().of_component("GPT-5 mini").0.len(), 1);
    assert_eq!(names().of_component("GPT-5.1"), (vec![], true));
    assert_eq!(names().of_component("API"), (vec![], false));
}

#[test]
fn the_text_counts_when_title_and_components_name_nobody() {
    let text = "Errors hit Claude Opus 4.5. GPT-5 is not affected.";
    let ids = |named: Named| named.targets.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(ids(named("Elevated errors", &[], &[text])), ["opus"]);
    assert_eq!(ids(named("gpt-5 is slow", &[], &[text])), ["big"]);
    assert_eq!(ids(named("Elevated errors", &["GPT-5"], &[text])), ["big"]);
}

#[test]
fn a_name_that_is_taken_out_again_is_not_named() {
    for text in [
        "Elevated errors on all models except GPT-5",
        "All models (except for the GPT-5 and GPT-5 mini models) are slow",
        "Models other than GPT-5 return errors",
        "Apart from GPT-5 and Opus 4.5, requests fail",
        "Excluding GPT-5, requests fail",
        "As a workaround, please switch to GPT-5",
        "We recommend using GPT-5 for now",
        "Please use GPT-5 or GPT-5 mini",
        "You can use GPT-5 instead",
        "GPT-5 is not affected",
        "GPT-5 and GPT-5 mini are currently unaffected",
        "GPT-5 remains operational",
        "GPT-5 models continue to operate normally",
        "There is no impact to GPT-5",
        "GPT-5: no impact",
        "This does not affect GPT-5",
        "Traffic was rerouted to GPT-5",
    ] {
        assert_eq!(found(text), [""; 0], "{text}");
    }
}

#[test]
fn what_is_said_of_others_takes_no_name_out() {
    for text in [
        "GPT-5 is slow, other models are not affected",
        "GPT-5 is slow; Opus 4.5 is not affected",
        "GPT-5 is down, please switch to Opus 4.5",
        "Requests fail on GPT-5, with no impact on Opus 4.5",
        "Excluding Opus 4.5, errors on GPT-5 are elevated",
        "All models except GPT-5 are operational",
        "Users who use GPT-5 get errors. Other than that all is well.",
        "Use Opus 4.5 instead of GPT-5",
        "GPT-5 is not available",
        "Customers not using GPT-5 are well",
    ] {
        assert_eq!(found(text), ["big"], "{text}");
    }
}
