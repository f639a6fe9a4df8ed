//! One page in three forms: the same incidents with the same words, 300 kB as the form has it.

use std::fmt::Write as _;

use changeover_status::Platform;

/// How large a document is at least.
const BYTES: usize = 300_000;
const UPDATES: u32 = 6;
const WORDS: [&str; 12] = [
    "we",
    "are",
    "investigating",
    "elevated",
    "error",
    "rates",
    "for",
    "requests",
    "to",
    "some",
    "models",
    "now",
];
const LABELS: [&str; 6] =
    ["Investigating", "Identified", "Update", "Identified", "Monitoring", "Resolved"];

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Atom,
    Rss,
    Json,
    /// incident.io's Atom, which lists the components of every entry in another order each time.
    Reordered,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
            Self::Json => "JSON",
            Self::Reordered => "Atom, all reordered",
        }
    }

    /// The platform that writes so.
    pub(super) fn platform(self) -> Platform {
        match self {
            Self::Atom | Self::Rss | Self::Json => Platform::Statuspage,
            Self::Reordered => Platform::IncidentIo,
        }
    }
}

/// The page as it stands in one round: the newest incident has other words in each.
pub(super) fn document(kind: Kind, round: u32) -> String {
    let mut text = match kind {
        Kind::Atom | Kind::Reordered => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:s.test,2005:/history</id><link rel=\"alternate\" type=\"text/html\" href=\"https://s.test\"/><title>Bench status - Incident history</title><updated>2026-10-30T12:00:00Z</updated>".to_owned(),
        Kind::Rss => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Bench status - Incident history</title><link>https://s.test</link><description>Statuspage</description><pubDate>Fri, 30 Oct 2026 12:00:00 +0000</pubDate>".to_owned(),
        Kind::Json => r#"{"page":{"id":"p","name":"Bench","url":"https://s.test","time_zone":"Etc/UTC","updated_at":"2026-10-30T12:00:00Z"},"incidents":["#.to_owned(),
    };
    for number in 0.. {
        let changes = number == 0 || kind == Kind::Reordered;
        if text.len() >= BYTES {
            break;
        }
        if kind == Kind::Json && number > 0 {
            text.push(',');
        }
        incident(&mut text, kind, number, if changes { round } else { 0 });
    }
    text.push_str(match kind {
        Kind::Atom | Kind::Reordered => "</feed>",
        Kind::Rss => "</channel></rss>",
        Kind::Json => "]}",
    });
    text
}

fn incident(text: &mut String, kind: Kind, number: u32, round: u32) {
    let day = 1 + number % 28;
    match kind {
        Kind::Atom => write!(text, "<entry><id>tag:s.test,2005:Incident/{number}</id><published>2026-09-{day:02}T12:00:00Z</published><updated>2026-09-{day:02}T12:00:00Z</updated><link rel=\"alternate\" type=\"text/html\" href=\"https://s.test/incidents/code{number}\"/><title>Elevated errors {number}</title><content type=\"html\">{}</content></entry>", escaped(&history(number, day, round))),
        Kind::Reordered => write!(text, "<entry><id>https://s.test//incidents/code{number}</id><updated>2026-09-{day:02}T12:00:00Z</updated><link rel=\"alternate\" type=\"text/html\" href=\"https://s.test//incidents/code{number}\"/><title>Elevated errors {number}</title><content type=\"html\">{}</content></entry>", escaped(&newest(number, round))),
        Kind::Rss => write!(text, "<item><title>Elevated errors {number}</title><description>{}</description><pubDate>{day:02} Sep 2026 12:00:00 +0000</pubDate><link>https://s.test/incidents/code{number}</link><guid>https://s.test/incidents/code{number}</guid></item>", escaped(&history(number, day, round))),
        Kind::Json => write!(text, r#"{{"id":"code{number}","name":"Elevated errors {number}","status":"resolved","created_at":"2026-09-{day:02}T06:00:00Z","updated_at":"2026-09-{day:02}T12:00:00Z","resolved_at":"2026-09-{day:02}T12:00:00Z","impact":"minor","shortlink":"https://s.test/x{number}","started_at":"2026-09-{day:02}T06:00:00Z","page_id":"p","incident_updates":[{}],"components":[{{"id":"c1","name":"API","status":"operational","updated_at":"2026-10-30T12:00:00Z"}}]}}"#, updates(number, day, round)),
    }
    .ok();
}

/// The newest update alone, with its components beginning at another one in each round.
fn newest(number: u32, round: u32) -> String {
    const COMPONENTS: u32 = 12;
    let component = |at: u32| format!("<li>Part {} (Operational)</li>", (at + round) % COMPONENTS);
    let listed: String = (0..COMPONENTS).map(component).collect();
    let turn = if number == 0 { UPDATES - 1 } else { 0 };
    format!(
        "<b>Status: Resolved</b><br/><br/>{}<br/><br/><b>Affected components</b><ul>{listed}</ul>",
        words(number, turn, round)
    )
}

/// Newest first, as pages write them.
fn history(number: u32, day: u32, round: u32) -> String {
    let block = |turn: u32| {
        let label = label(turn);
        let words = words(number, turn, round);
        format!(
            "<p><small>Sep <var data-var='date'>{day:>2}</var>, <var data-var='time'>{:02}:05</var> UTC</small><br><strong>{label}</strong> - {words}</p>",
            6 + turn
        )
    };
    (0..UPDATES).rev().map(block).collect()
}

fn updates(number: u32, day: u32, round: u32) -> String {
    let update = |turn: u32| {
        let (label, words) = (label(turn).to_lowercase(), words(number, turn, round));
        let label = if label == "update" { "identified".to_owned() } else { label };
        let at = format!("2026-09-{day:02}T{:02}:05:11Z", 6 + turn);
        format!(
            r#"{{"id":"u{number}x{turn}","status":"{label}","body":"{words}","incident_id":"code{number}","created_at":"{at}","updated_at":"{at}","display_at":"{at}","affected_components":null}}"#
        )
    };
    let all: Vec<String> = (0..UPDATES).rev().map(update).collect();
    all.join(",")
}

fn label(turn: u32) -> &'static str {
    let index = usize::try_from(turn).unwrap_or_default();
    LABELS.get(index).copied().unwrap_or("Update")
}

fn words(number: u32, turn: u32, round: u32) -> String {
    let mut text = if turn == UPDATES - 1 { format!("Round {round}:") } else { "So:".to_owned() };
    for at in 0..40_usize {
        let pick =
            (at * 7 + usize::try_from(number * 5 + turn * 3).unwrap_or_default()) % WORDS.len();
        text.push(' ');
        text.push_str(WORDS.get(pick).copied().unwrap_or("so"));
    }
    text.push_str(". That's all.");
    text
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\'', "&#39;")
}
