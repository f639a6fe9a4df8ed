//! The history inside an entry: blocks such as
//!
//! ```text
//! Nov 20, 14:02 UTC
//! Resolved - All is well again.
//! ```
//!
//! newest first or oldest first, as Statuspage and those who copy it write them.

use changeover_domain::{IncidentState, MaintenanceState, UnixMs};

use crate::dates::{Written, history_date, leading_date};
use crate::words::{self, Label};

/// One block.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) at: Written,
    pub(crate) label: Label,
    pub(crate) text: String,
}

/// In which order a text has its blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    NewestFirst,
    NotKnown,
}

/// What an entry's text holds.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// In the order of the text; empty when it is not in this shape.
    pub(crate) blocks: Vec<Block>,
    /// The lines before the first block.
    pub(crate) preamble: Vec<String>,
}

impl History {
    /// Whether a block speaks of planned work.
    pub(crate) fn is_maintenance(&self) -> bool {
        self.blocks.iter().any(|block| block.label.maintenance.is_some())
    }

    /// Whether a block speaks of an incident that goes on.
    pub(crate) fn is_incident(&self) -> bool {
        self.blocks.iter().any(|block| block.label.is_of_incident())
    }

    /// When planned work began, where a block says so.
    pub(crate) fn begun(&self) -> Option<&Written> {
        let begins = |block: &&Block| block.label.maintenance == Some(MaintenanceState::InProgress);
        self.blocks.iter().filter(begins).map(|block| &block.at).min_by_key(|written| written.at)
    }
}

/// Reads the blocks of a text; `item` is the date of the entry it stands in. Where the newest is first,
/// none is of a later year than the one above it.
pub(crate) fn read(text: &str, item: &Written, order: Order) -> History {
    let mut history = History::default();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let above = history.blocks.last().filter(|_| order == Order::NewestFirst);
        let above = above.map(|block| block.at.at);
        match (block(line, lines.peek().copied(), (item, above)), history.blocks.last_mut()) {
            (Some((block, took_next)), _) => {
                history.blocks.push(block);
                if took_next {
                    lines.next();
                }
            }
            (None, Some(current)) => append_line(&mut current.text, line),
            (None, None) => history.preamble.push(line.to_owned()),
        }
    }
    history
}

/// A block that begins with this line; its label stands behind the date or on the next line.
fn block(
    line: &str,
    next: Option<&str>,
    (item, above): (&Written, Option<UnixMs>),
) -> Option<(Block, bool)> {
    let (at, rest) = history_date(line, item, above).or_else(|| Some((leading_date(line)?, "")))?;
    let head = rest.trim_start_matches(['-', '–', '—', ' ']);
    let took_next = head.is_empty();
    let (label, text) = leading_label(if took_next { next? } else { head })?;
    Some((Block { at, label, text: text.to_owned() }, took_next))
}

/// Whether any block says that it is over.
pub(crate) fn is_over(history: &History) -> bool {
    history.blocks.iter().any(|block| block.label.state == Some(IncidentState::Resolved))
}

/// Whether a title announces planned work: "Scheduled network maintenance", and not "Unscheduled …".
pub(crate) fn title_is_maintenance(title: &str) -> bool {
    let title = title.to_lowercase();
    let has = |word: &str| title.split(|c: char| !c.is_alphanumeric()).any(|own| own == word);
    has("maintenance") && (has("scheduled") || has("planned"))
}

/// The longest label with what separates it from the words.
const MAX_LABEL: usize = 48;

/// The label at the start of a line and what follows it.
pub(crate) fn leading_label(line: &str) -> Option<(Label, &str)> {
    let separators = [" - ", " – ", " — ", ": "];
    let head = line.get(..line.floor_char_boundary(MAX_LABEL)).unwrap_or(line);
    let split = separators
        .iter()
        .filter_map(|separator| Some((head.find(separator)?, separator.len())))
        .min();
    let split = split.and_then(|(at, length)| Some((line.get(..at)?, line.get(at + length..)?)));
    let (word, words) = split.unwrap_or((line, ""));
    if word.len() > MAX_LABEL {
        return None;
    }
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
    use crate::dates::any_date;

    fn history(text: &str) -> History {
        read(text, &any_date("2026-11-20T15:00:00Z").unwrap(), Order::NewestFirst)
    }

    fn seen(history: &History) -> Vec<(Option<IncidentState>, &str)> {
        history.blocks.iter().map(|block| (block.label.state, block.text.as_str())).collect()
    }

    #[test]
    fn blocks_are_read_with_all_their_lines() {
        let read = history(
            "Nov 20, 14:02 UTC\nResolved - Over.\nThanks - to all.\nNov 20, 13:40 UTC\nUpdate - Still: at it.\nNov 20, 13:00 UTC\nInvestigating - We look.",
        );
        assert_eq!(
            seen(&read),
            [
                (Some(IncidentState::Resolved), "Over.\nThanks - to all."),
                (None, "Still: at it."),
                (Some(IncidentState::Investigating), "We look."),
            ]
        );
        assert!(!read.is_maintenance());
    }

    #[test]
    fn date_and_label_may_share_a_line_and_an_entry_may_have_no_words() {
        let read =
            history("Nov 20, 14:02 UTC - Resolved - Over.\nNov 20, 13:00 UTC\nInvestigating -");
        let texts: Vec<_> = read.blocks.iter().map(|block| block.text.as_str()).collect();
        assert_eq!(texts, ["Over.", ""]);
    }

    #[test]
    fn whole_dates_begin_blocks_too() {
        let read = history(
            "Status: x\nMon, 18 May 2026 02:29:34 GMT\nInvestigating\nWe look.\nMon, 18 May 2026 03:00:00 GMT\nUpdated\nDone.",
        );
        assert_eq!(
            seen(&read),
            [(Some(IncidentState::Investigating), "\nWe look."), (None, "\nDone.")]
                .map(|(state, text)| (state, text.trim_start()))
        );
        assert_eq!(read.preamble, ["Status: x"]);
        assert!(!read.blocks[0].at.as_written.year_inferred);
    }

    #[test]
    fn a_date_in_the_middle_of_a_text_begins_no_block() {
        let read = history(
            "Nov 20, 14:02 UTC\nMonitoring - It began on\nNov 20, 13:00 UTC\nand we watch it.",
        );
        assert_eq!(read.blocks.len(), 1);
        assert!(read.blocks[0].text.ends_with("and we watch it."));
    }

    #[test]
    fn a_text_with_its_newest_block_first_goes_back_over_the_turn_of_the_year() {
        let text = "Nov 20, 14:02 UTC\nMonitoring - a\nDec 28, 14:00 UTC\nInvestigating - b";
        let item = any_date("2026-11-20T15:00:00Z").unwrap();
        let oldest = |order| read(text, &item, order).blocks[1].at.at;
        assert_eq!(Some(oldest(Order::NewestFirst)), crate::dates::rfc3339("2025-12-28T14:00:00Z"));
        assert_eq!(Some(oldest(Order::NotKnown)), crate::dates::rfc3339("2026-12-28T14:00:00Z"));
    }

    #[test]
    fn a_title_announces_planned_work_in_whole_words() {
        assert!(title_is_maintenance("Scheduled network maintenance"));
        assert!(title_is_maintenance("Maintenance (planned)"));
        assert!(!title_is_maintenance("Unscheduled maintenance"));
        assert!(!title_is_maintenance("Scheduled exports are late"));
    }

    #[test]
    fn planned_work_is_known_by_its_labels() {
        let ended =
            history("Nov 10, 17:30 EST\nCompleted - Done.\nNov 10, 16:30 EST\nIn progress - Now.");
        assert!(ended.is_maintenance() && is_over(&ended));
        assert_eq!(ended.begun(), Some(&ended.blocks[1].at));
    }
}
