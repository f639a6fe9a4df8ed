//! The history inside an entry: blocks such as
//!
//! ```text
//! Nov 20, 14:02 UTC
//! Resolved - All is well again.
//! ```
//!
//! newest first or oldest first, as Statuspage and those who copy it write them. An entry in any
//! other shape is plain: one update, whose state is told by a leading word or by nothing.

use changeover_domain::{IncidentState, IncidentUpdate, UnixMs};

use crate::assemble::update_digest;
use crate::dates::{Written, history_date};
use crate::words::{self, Label};

/// What an entry's text holds.
#[derive(Debug, Default)]
pub(super) struct History {
    /// In the order of the text; empty when it is not in this shape.
    pub(super) entries: Vec<IncidentUpdate>,
    pub(super) is_maintenance: bool,
    /// When planned work began, where an entry says so.
    pub(super) begun: Option<UnixMs>,
}

/// Reads the blocks of a text; `item` is the date of the entry it stands in.
pub(super) fn read(text: &str, item: Written) -> History {
    let mut history = History {
        is_maintenance: text.starts_with("THIS IS A SCHEDULED EVENT"),
        ..History::default()
    };
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let block = history_date(line, item).and_then(|(at, rest)| {
            let head = rest.trim_start_matches(['-', '–', '—', ' ']);
            let (label, words) =
                if head.is_empty() { leading_label(lines.peek()?)? } else { leading_label(head)? };
            Some((at, label, words, head.is_empty()))
        });
        match (block, history.entries.last_mut()) {
            (Some((at, label, words, took_next)), _) => {
                history.is_maintenance |= label.is_maintenance;
                if label.begins_work {
                    history.begun = Some(at);
                }
                history.entries.push(IncidentUpdate {
                    native: String::new(),
                    at,
                    state: label.state,
                    text: words.to_owned(),
                });
                if took_next {
                    lines.next();
                }
            }
            (None, Some(current)) => append_line(&mut current.text, line),
            // Before the first block: the window of planned work, or a preamble.
            (None, None) => {}
        }
    }
    for entry in &mut history.entries {
        entry.native = update_digest(entry.at, &entry.text);
    }
    history
}

/// Whether any entry says that it is over.
pub(super) fn is_over(entries: &[IncidentUpdate]) -> bool {
    let over = Some(IncidentState::Resolved);
    entries.iter().any(|entry| entry.state == over)
}

/// The state that a plain entry gives: `[RESOLVED] …`, `Resolved: …`, `Resolved - …`.
pub(super) fn plain_state(title: &str, text: &str) -> Option<IncidentState> {
    let first = text.lines().next().unwrap_or_default();
    [title, first].into_iter().find_map(|line| {
        let bracketed = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let label = match bracketed {
            Some((word, _)) => words::label(word)?,
            None => leading_label(line)?.0,
        };
        label.state
    })
}

/// Whether a title announces planned work.
pub(super) fn title_is_maintenance(title: &str) -> bool {
    let title = title.to_lowercase();
    ["scheduled maintenance", "planned maintenance"].iter().any(|words| title.contains(words))
}

/// The label at the start of a line and what follows it.
fn leading_label(line: &str) -> Option<(Label, &str)> {
    let separators = [" - ", " – ", " — ", ": "];
    let split = separators
        .iter()
        .filter_map(|separator| line.split_once(separator))
        .min_by_key(|(word, _)| word.len());
    let (word, words) = split.unwrap_or((line, ""));
    let word = word.trim_end_matches([' ', '-', '–', '—', ':']);
    Some((words::label(word)?, words.trim_start()))
}

fn append_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dates::item_date;

    fn history(text: &str) -> History {
        read(text, item_date("2026-11-20T15:00:00Z").unwrap())
    }

    #[test]
    fn blocks_are_read_with_all_their_lines() {
        let read = history(
            "Nov 20, 14:02 UTC\nResolved - Over.\nThanks - to all.\nNov 20, 13:40 UTC\nUpdate - Still: at it.\nNov 20, 13:00 UTC\nInvestigating - We look.",
        );
        let seen: Vec<_> =
            read.entries.iter().map(|entry| (entry.state, entry.text.as_str())).collect();
        assert_eq!(
            seen,
            [
                (Some(IncidentState::Resolved), "Over.\nThanks - to all."),
                (None, "Still: at it."),
                (Some(IncidentState::Investigating), "We look."),
            ]
        );
        assert!(!read.is_maintenance);
    }

    #[test]
    fn date_and_label_may_share_a_line_and_an_entry_may_have_no_words() {
        let read =
            history("Nov 20, 14:02 UTC - Resolved - Over.\nNov 20, 13:00 UTC\nInvestigating -");
        let texts: Vec<_> = read.entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, ["Over.", ""]);
    }

    #[test]
    fn a_date_in_the_middle_of_a_text_begins_no_block() {
        let read = history(
            "Nov 20, 14:02 UTC\nMonitoring - It began on\nNov 20, 13:00 UTC\nand we watch it.",
        );
        assert_eq!(read.entries.len(), 1);
        assert!(read.entries[0].text.ends_with("and we watch it."));
    }

    #[test]
    fn planned_work_is_known_by_its_heading_or_its_labels() {
        let text = "THIS IS A SCHEDULED EVENT Nov 25, 20:00 - 22:00 PST\nNov 6, 11:27 PST\nScheduled - Work.";
        let read = history(text);
        assert!(read.is_maintenance);
        assert_eq!(read.entries.len(), 1, "the window is no entry");
        let ended = "Nov 10, 17:30 EST\nCompleted - Done.\nNov 10, 16:30 EST\nIn progress - Now.";
        let ended = history(ended);
        assert!(ended.is_maintenance);
        assert_eq!(ended.begun, Some(ended.entries[1].at));
    }

    #[test]
    fn a_plain_entry_tells_its_state_by_a_leading_word_only() {
        let resolved = Some(IncidentState::Resolved);
        assert_eq!(plain_state("[RESOLVED] Errors", ""), resolved);
        assert_eq!(plain_state("Resolved: Errors", ""), resolved);
        assert_eq!(plain_state("Errors", "Resolved - all is well"), resolved);
        assert_eq!(plain_state("Errors", "This has not been resolved: wait"), None);
        assert_eq!(plain_state("Unresolved - errors", "x"), None);
    }
}
