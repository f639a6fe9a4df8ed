//! From what a platform gives of an incident to an [`Incident`], by the same rules for all.
//!
//! The state is that of the newest entry that gives one, entries without one carry it forward;
//! back-steps and re-opening are allowed; words after the end do not re-open. A failure starts
//! with its oldest entry, planned work at its planned time.

use changeover_domain::{
    ComponentState, Impact, Incident, IncidentId, IncidentState, IncidentUpdate, UnixMs,
};
use sha2::{Digest as _, Sha256};

use crate::{ReadContext, names};

/// The longest native id that is kept as it is.
const MAX_NATIVE_CHARS: usize = 200;
/// The longest title or name that is kept.
const MAX_LINE_CHARS: usize = 300;
/// The most entries of one incident; the newest are kept.
const MAX_UPDATES: usize = 500;

/// An incident as its page gives it; entries in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) native: String,
    pub(crate) title: String,
    /// The state that the page gives the incident as a whole.
    pub(crate) state: Option<IncidentState>,
    pub(crate) impact: Impact,
    /// The start that the page gives; planned for maintenance.
    pub(crate) start: Option<UnixMs>,
    pub(crate) end: Option<UnixMs>,
    pub(crate) components: Vec<(String, ComponentState)>,
    pub(crate) updates: Vec<IncidentUpdate>,
    pub(crate) url: Option<String>,
}

/// Puts the draft together.
///
/// # Errors
/// The reason in words when there is no point in time to put it at.
pub(crate) fn assemble(context: ReadContext<'_>, draft: Draft) -> Result<Incident, &'static str> {
    let updates = in_order(draft.updates);
    let oldest = updates.first().map(|update| update.at);
    let started_at = if draft.impact == Impact::Maintenance {
        draft.start.or(oldest)
    } else {
        draft.start.into_iter().chain(oldest).min()
    }
    .ok_or("it has no date that can be read")?;
    let state = draft.state.unwrap_or_else(|| state_of(&updates));
    let ended_at = (state == IncidentState::Resolved).then(|| {
        let end = draft.end.or_else(|| end_of(&updates));
        end.unwrap_or(started_at).max(started_at)
    });
    let heads = std::iter::once(draft.title.as_str())
        .chain(draft.components.iter().map(|(name, _)| name.as_str()));
    let texts = updates.iter().map(|update| update.text.as_str());
    let targets = names::named(context.names, heads, texts);
    Ok(Incident {
        id: IncidentId { source: context.source.clone(), native: native(&draft.native) },
        provider: context.provider.clone(),
        title: draft.title.chars().take(MAX_LINE_CHARS).collect(),
        state,
        impact: draft.impact,
        started_at,
        ended_at,
        components: draft.components,
        targets,
        updates,
        url: draft.url,
    })
}

/// Oldest first, each entry once, at most [`MAX_UPDATES`]. Feeds give minutes only, so entries of
/// the same minute keep the order of the page, which is newest first unless its dates rise.
fn in_order(mut updates: Vec<IncidentUpdate>) -> Vec<IncidentUpdate> {
    let rises = match (updates.first(), updates.last()) {
        (Some(first), Some(last)) => first.at < last.at,
        _ => false,
    };
    if !rises {
        updates.reverse();
    }
    updates.sort_by_key(|update| update.at);
    let mut seen = std::collections::HashSet::new();
    updates.retain(|update| seen.insert(update.native.clone()));
    let surplus = updates.len().saturating_sub(MAX_UPDATES);
    updates.drain(..surplus);
    updates
}

/// Declared and never said to be over is going on.
fn state_of(updates: &[IncidentUpdate]) -> IncidentState {
    let newest = updates.iter().rev().find_map(|update| update.state);
    newest.unwrap_or(IncidentState::Investigating)
}

/// When it was last called resolved after not having been.
fn end_of(updates: &[IncidentUpdate]) -> Option<UnixMs> {
    let stated = updates.iter().rev().filter(|update| update.state.is_some());
    let tail = stated.take_while(|update| update.state == Some(IncidentState::Resolved));
    let end = tail.last().or(updates.last());
    end.map(|update| update.at)
}

/// The page's own id, or a digest where it is too long to carry about.
fn native(text: &str) -> String {
    if text.chars().count() > MAX_NATIVE_CHARS { digest(&[text]) } else { text.to_owned() }
}

/// A short stable name for something that has none of its own.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// An entry's name where the page gives none: its time and words, white space apart.
pub(crate) fn update_digest(at: UnixMs, text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    digest(&[&at.0.to_string(), &words.join(" ")])
}

/// The link if it is one that a browser may open.
pub(crate) fn web_link(text: &str) -> Option<String> {
    let text = text.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    });
    let is_clean =
        text.len() <= 2_000 && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    (is_web && is_clean).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(at: i64, state: Option<IncidentState>) -> IncidentUpdate {
        IncidentUpdate { native: at.to_string(), at: UnixMs(at), state, text: String::new() }
    }

    #[test]
    fn words_after_the_end_do_not_reopen_but_a_state_does() {
        use IncidentState::{Identified, Investigating, Resolved};
        let ended = [update(1, Some(Investigating)), update(5, Some(Resolved)), update(9, None)];
        assert_eq!(state_of(&ended), Resolved);
        assert_eq!(end_of(&ended), Some(UnixMs(5)), "the end does not move with later words");
        let twice = [
            update(5, Some(Resolved)),
            update(9, Some(Identified)),
            update(12, Some(Resolved)),
            update(13, Some(Resolved)),
        ];
        assert_eq!(end_of(&twice), Some(UnixMs(12)));
        assert_eq!(state_of(&twice[..2]), Identified, "re-opened");
    }

    #[test]
    fn entries_of_one_minute_keep_the_order_of_the_page() {
        let named =
            |native: &str, at| IncidentUpdate { native: native.to_owned(), ..update(at, None) };
        let order = |updates: &[IncidentUpdate]| -> String {
            let sorted = in_order(updates.to_vec());
            sorted.iter().map(|update| update.native.as_str()).collect()
        };
        let (a, b, c) = (named("a", 1), named("b", 1), named("c", 2));
        assert_eq!(order(&[c.clone(), b.clone(), a.clone()]), "abc", "newest first");
        assert_eq!(order(&[a.clone(), b.clone(), c]), "abc", "oldest first");
        assert_eq!(order(&[b, a.clone(), a]), "ab", "once each");
    }

    #[test]
    fn an_entry_keeps_its_name_when_only_white_space_moves() {
        assert_eq!(update_digest(UnixMs(1), "a  b\n"), update_digest(UnixMs(1), "a b"));
        assert_ne!(update_digest(UnixMs(1), "a b"), update_digest(UnixMs(2), "a b"));
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
    }

    #[test]
    fn only_web_links_are_kept() {
        assert!(web_link("https://status.example.com/x").is_some());
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "https://a b", "file:///etc/passwd", ""]
        {
            assert_eq!(web_link(bad), None, "{bad}");
        }
    }
}
