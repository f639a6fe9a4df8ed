//! Feeds of nobody's platform: an entry is an incident or one update of it, its state is told by a
//! label or by nothing, and an entry that does not tell it is left unread rather than guessed at.

use std::collections::HashSet;

use changeover_domain::{IncidentState, MaintenanceState};

use crate::assemble::{Draft, Plan, Start, UpdateKey, digest, incident_code, web_link};
use crate::feed::{Feed, FeedEntry, leading_label, title_is_maintenance};
use crate::findings::Findings;
use crate::words::{self, Label};
use crate::{UnreadEntry, html, statuspage};

#[cfg(test)]
mod tests;

/// Reads the entries. One that holds a history, as those who copy Statuspage write it, is read as
/// Statuspage's.
pub(crate) fn feed_findings(feed: &Feed) -> Findings {
    statuspage::feed_findings(feed)
}

/// Reads one entry as one update, with a state if it tells one.
pub(crate) fn draft(entry: &FeedEntry, is_ahead: bool, text: &str) -> Result<Draft, &'static str> {
    let title = entry.plain_title();
    let told = label(&title, text);
    let label = meant(&title, told, is_ahead).unwrap_or(TELLS_NOTHING);
    update(entry, title, label, text)
}

/// Leaves the entries unread of which no entry of the same identity tells a state: they may be of
/// something long over or of something that began now, and either guess would be wrong for some page.
pub(crate) fn leave_untold(findings: &mut Findings) {
    let is_told = |draft: &Draft| {
        // An entry with a history in it is an incident by its form alone.
        let is_history = draft.updates.iter().any(|update| update.key != UpdateKey::Words);
        let is_stated = draft.updates.iter().any(|update| update.state.is_some());
        is_history || is_stated || draft.plan.is_some()
    };
    let drafts = std::mem::take(&mut findings.drafts);
    let told = drafts.iter().filter(|draft| is_told(draft)).map(|draft| draft.native.as_str());
    let told: HashSet<String> = told.map(ToOwned::to_owned).collect();
    for draft in drafts {
        if told.contains(&draft.native) {
            findings.drafts.push(draft);
        } else {
            let date = draft.updates.first().map_or("", |update| update.written.text.as_str());
            let reason = format!("dated `{date}`, it does not say whether it is over");
            findings.unread.push(UnreadEntry::new(&draft.title, &reason));
        }
    }
}

/// The same on a platform that is known to write what it declares without a label.
pub(crate) fn declared(
    entry: &FeedEntry,
    is_ahead: bool,
    text: &str,
) -> Result<Draft, &'static str> {
    let title = entry.plain_title();
    let told = label(&title, text);
    let label = meant(&title, told, is_ahead).unwrap_or(GOES_ON);
    update(entry, title, label, text)
}

/// A label that is not there.
const TELLS_NOTHING: Label = Label { state: None, maintenance: None };
/// What is said of an incident that is declared and of which nothing else is said.
const GOES_ON: Label = Label { state: Some(IncidentState::Investigating), maintenance: None };

/// What an entry says of its state. Planned work is what its label or its title calls so, and what is
/// dated ahead without any label; never what carries the label of an incident.
fn meant(title: &str, told: Option<Label>, is_ahead: bool) -> Option<Label> {
    if told.is_some_and(Label::is_of_incident) {
        return told;
    }
    let is_announced = title_is_maintenance(title);
    let planned = match told {
        Some(Label { maintenance: Some(_), .. }) => return told,
        Some(Label { state: Some(_), .. }) => is_announced.then_some(MaintenanceState::Completed),
        Some(_) | None => (is_announced || is_ahead).then_some(MaintenanceState::Scheduled),
    };
    let planned = planned
        .map(|state| Label { state: Some(words::life_cycle(state)), maintenance: Some(state) });
    planned.or(told)
}

fn update(
    entry: &FeedEntry,
    title: String,
    label: Label,
    text: &str,
) -> Result<Draft, &'static str> {
    let (date, changed) = (entry.date()?, entry.changed()?);
    let ends_at = entry.planned_end.as_ref().map(|end| end.at);
    let mut draft = Draft {
        native: native(entry),
        start: Start::Created(date.at),
        plan: label.maintenance.map(|state| Plan { state: Some(state), ends_at }),
        url: web_link(&entry.link),
        title,
        ..Draft::default()
    };
    draft.push(UpdateKey::Words, changed, label.state, text);
    Ok(draft)
}

/// Its code, its id, or what else it is made of: two entries without an id stay apart, and each
/// stays itself from one reading to the next.
pub(crate) fn native(entry: &FeedEntry) -> String {
    if let Some(code) = incident_code(&entry.link) {
        return code.to_owned();
    }
    let id = entry.id.trim();
    if !id.is_empty() {
        return id.to_owned();
    }
    let at = entry.date().map(|date| date.at.0).unwrap_or_default();
    digest(&[&entry.link, &html::to_line(&entry.title), &at.to_string()])
}

/// `[RESOLVED] …`, `Resolved: …`, `Resolved - …`, `… (resolved)`, `Status: resolved`, in the title or in
/// the first line, or the sentence by which most pages close an incident.
fn label(title: &str, text: &str) -> Option<Label> {
    let first = text.lines().next().unwrap_or_default();
    let lines = [title, first];
    let labelled = lines.into_iter().find_map(|line| {
        let bracketed = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        if let Some((word, _)) = bracketed {
            return words::label(word);
        }
        let (label, _) = leading_label(line.strip_prefix("Status:").unwrap_or(line).trim())?;
        Some(label)
    });
    let over = Label { state: Some(IncidentState::Resolved), maintenance: None };
    labelled
        .or_else(|| trailing_label(title))
        .or_else(|| lines.into_iter().any(says_over).then_some(over))
}

/// `Errors [resolved]`, `Errors (resolved)`.
fn trailing_label(title: &str) -> Option<Label> {
    let inside = title.trim_end().strip_suffix([']', ')'])?;
    let (_, word) = inside.rsplit_once(['[', '('])?;
    words::label(word)
}

/// "This incident has been resolved." and its kin; "… resolved for most users" is none of them.
fn says_over(line: &str) -> bool {
    const SUBJECTS: [&str; 5] =
        ["this incident", "this issue", "the incident", "the issue", "this"];
    const VERBS: [&str; 5] = [" has been ", " has now been ", " is ", " is now ", " was "];
    let line = line.to_lowercase();
    let Some((before, after)) = line.split_once("resolved") else { return false };
    let is_said_of =
        |subject: &&str| before.strip_prefix(*subject).is_some_and(|verb| VERBS.contains(&verb));
    let ends = after.is_empty() || after.starts_with(['.', ',', '!', ';']);
    ends && SUBJECTS.iter().any(is_said_of)
}
