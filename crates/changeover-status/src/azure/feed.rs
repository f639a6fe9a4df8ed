//! Azure's items. The id is made of the title and changes with it; dates are often written with the
//! obsolete zone `Z`.

use changeover_domain::{ComponentState, IncidentState};

use crate::assemble::{Affected, Draft, Start, UpdateKey, web_link};
use crate::feed::{Feed, FeedEntry, leading_label};
use crate::findings::Findings;
use crate::{Coverage, Platform, html, plain};

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::OpenOnly);
    findings.take_entries(Platform::Azure, feed, draft);
    findings
}

fn draft(entry: &FeedEntry, _: bool) -> Result<Draft, &'static str> {
    let date = entry.date()?;
    let text = entry.text();
    let title = entry.plain_title();
    let label =
        [title.as_str(), text].into_iter().find_map(|line| leading_label(line.lines().next()?));
    let state = label.and_then(|(label, _)| label.state).unwrap_or(IncidentState::Investigating);
    let affected = entry.categories.iter().map(|category| Affected {
        id: None,
        name: html::to_line(category),
        state: ComponentState::Unknown,
    });
    let mut draft = Draft {
        native: plain::native(entry),
        title,
        start: Start::Created(date.at),
        components: affected.collect(),
        url: web_link(&entry.link),
        ..Draft::default()
    };
    draft.push(UpdateKey::Words, date, Some(state), text);
    Ok(draft)
}
