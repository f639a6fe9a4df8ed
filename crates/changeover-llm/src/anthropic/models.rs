//! What the vendor's models take, by the version in their names. A name without one takes what is
//! asked for: what is wrong about it is told by the vendor, and not guessed at.

/// Major and minor version, as `claude-opus-4-6` and `claude-3-7-sonnet-20250219` have them.
type Version = (u32, u32);

/// The version in a model's name. A date is none.
fn version(model: &str) -> Option<Version> {
    let is_separator = |c: char| !c.is_ascii_alphanumeric();
    let mut numbers = model
        .split(is_separator)
        .skip_while(|word| word.parse::<u32>().is_err())
        .map_while(|word| word.parse::<u32>().ok())
        .filter(|number| *number < 100);
    let major = numbers.next()?;
    Some((major, numbers.next().unwrap_or_default()))
}

/// Thinks as it sees fit when asked to.
pub(crate) fn takes_adaptive(model: &str) -> bool {
    version(model).is_none_or(|version| version >= (4, 6))
}

/// Thinks within a number of tokens.
pub(crate) fn takes_budget(model: &str) -> bool {
    !always_thinks(model)
        && version(model).is_none_or(|version| ((3, 7)..(4, 7)).contains(&version))
}

/// Cannot be told not to think.
pub(crate) fn always_thinks(model: &str) -> bool {
    ["fable", "mythos"].iter().any(|family| model.contains(family))
}

/// Takes a word for its effort.
pub(crate) fn takes_effort(model: &str) -> bool {
    let first = model.contains("opus") && version(model) == Some((4, 5));
    first || version(model).is_none_or(|version| version >= (4, 6))
}

/// Lets the caller choose how freely it chooses its words.
pub(crate) fn takes_sampling(model: &str) -> bool {
    !always_thinks(model) && version(model).is_none_or(|version| version < (4, 7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_wherever_it_stands_in_a_name() {
        for (model, expected) in [
            ("claude-opus-4-6", Some((4, 6))),
            ("claude-sonnet-4-5-20250929", Some((4, 5))),
            ("claude-3-7-sonnet-20250219", Some((3, 7))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("anthropic.claude-opus-4-7", Some((4, 7))),
            ("claude-sonnet-5", Some((5, 0))),
            ("claude-latest", None),
            ("claude", None),
        ] {
            assert_eq!(version(model), expected, "{model}");
        }
    }

    #[test]
    fn each_generation_is_asked_to_think_in_its_own_way() {
        let ways = |model| (takes_budget(model), takes_adaptive(model), takes_sampling(model));
        assert_eq!(ways("claude-3-5-haiku-20241022"), (false, false, true));
        assert_eq!(ways("claude-haiku-4-5"), (true, false, true));
        assert_eq!(ways("claude-opus-4-6"), (true, true, true));
        assert_eq!(ways("claude-opus-4-7"), (false, true, false));
        assert_eq!(ways("claude-fable-5-1"), (false, true, false));
        assert_eq!(ways("claude-mythos-preview"), (false, true, false));
        assert!(takes_effort("claude-opus-4-5") && !takes_effort("claude-sonnet-4-5"));
    }
}
