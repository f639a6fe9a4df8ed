//! What stands in an entry and no parser tells: Atom's dates as they were written, which the parser
//! rewrites, and the end of planned work, an element of Statuspage's own.
//!
//! The entry is sound by the time it is looked at. A date is taken only when it is the instant that the
//! parser read, so that an element of the same name elsewhere in the entry is none.

use std::sync::Arc;

use super::FeedEntry;
use crate::dates::{Written, any_date};

/// The longest date looked at.
const MAX_DATE: usize = 64;

/// Adds what the parser left out; `bytes` is the entry with its tags. An entry that others hold is left
/// as it is.
pub(super) fn complete(entry: &mut Arc<FeedEntry>, bytes: &str) {
    let Some(entry) = Arc::get_mut(entry) else { return };
    for (date, name) in [(&mut entry.published, "published"), (&mut entry.updated, "updated")] {
        let raw = date.as_ref().zip(written(bytes, name));
        if let Some(raw) = raw.filter(|(read, raw)| read.at == raw.at).map(|(_, raw)| raw) {
            *date = Some(raw);
        }
    }
    entry.planned_end = written(bytes, "maintenanceEndDate");
}

/// The date in the first element of this name.
fn written(bytes: &str, name: &str) -> Option<Written> {
    let (_, rest) = bytes.split_once(&format!("{name}>"))?;
    let (date, _) = rest.split_once('<')?;
    if date.len() > MAX_DATE { None } else { any_date(date) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(published: &str, bytes: &str) -> FeedEntry {
        let published = any_date(published);
        let mut entry = Arc::new(FeedEntry { published, ..FeedEntry::default() });
        complete(&mut entry, bytes);
        Arc::into_inner(entry).unwrap()
    }

    #[test]
    fn a_date_stays_as_it_is_written() {
        let bytes = "<entry><published> 2026-05-04T10:00:00Z </published></entry>";
        let text = |entry: FeedEntry| entry.published.unwrap().as_written.text;
        assert_eq!(text(completed("2026-05-04T10:00:00+00:00", bytes)), "2026-05-04T10:00:00Z");
        let other = text(completed("2026-05-05T10:00:00+00:00", bytes));
        assert_eq!(other, "2026-05-05T10:00:00+00:00", "another instant is another element's");
    }

    #[test]
    fn the_end_of_planned_work_is_found_beside_the_words() {
        let bytes =
            "<item><maintenanceEndDate>Wed, 26 Nov 2026 00:00:00 -0800</maintenanceEndDate></item>";
        let end = completed("2026-11-26T04:00:00Z", bytes).planned_end.unwrap();
        assert_eq!(Some(end.at), crate::dates::rfc3339("2026-11-26T08:00:00Z"));
        assert_eq!(completed("2026-11-26T04:00:00Z", "<item/>").planned_end, None);
    }
}
