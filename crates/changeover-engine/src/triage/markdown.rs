//! The sheet as text, to be pasted where people talk about it.
//!
//! What vendors and pages wrote comes as text: it is quoted in a way that no renderer takes for
//! markup of ours.

use std::fmt::Write as _;

use changeover_domain::{Confidence, EvidenceSource, UnixMs};
use changeover_policy::verdict::{clock_time, kind_phrase};

use super::words::{lasting, moment};
use crate::contract::{Lane, LaneKind, LaneSpan, ScoreView, Triage};
use crate::view::reach;

pub(super) fn written(sheet: &Triage) -> String {
    let mut text = String::new();
    // Writing into memory cannot fail.
    let parts: [fn(&mut String, &Triage) -> std::fmt::Result; 8] =
        [head, evidence, half_hour, not_so, suggested, so_far, call, health];
    for part in parts {
        if part(&mut text, sheet).is_err() {
            break;
        }
    }
    text
}

fn head(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    let verdict = &sheet.verdict;
    writeln!(text, "# {}\n", plain(&sheet.title))?;
    writeln!(
        text,
        "As of {} · confidence {} · since {} ({})\n",
        moment(sheet.at),
        confidence(verdict.confidence),
        clock_time(verdict.since),
        lasting(verdict.since, sheet.at)
    )?;
    writeln!(text, "> {}", plain(&verdict.sentence))
}

fn evidence(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    if !sheet.verdict.evidence.is_empty() {
        writeln!(text, "\n## Evidence\n")?;
    }
    for piece in &sheet.verdict.evidence {
        let (source, age) = (source(piece.source), lasting(piece.at, sheet.at));
        writeln!(text, "- {source}, {age} ago: {}", plain(&piece.sentence))?;
    }
    if !sheet.verdict.would_change.is_empty() {
        writeln!(text, "\n## What would change it\n")?;
    }
    for sentence in &sheet.verdict.would_change {
        writeln!(text, "- {}", plain(sentence))?;
    }
    Ok(())
}

/// The sheet's timeline: a line for each lane, and one for its marks.
fn half_hour(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    writeln!(text, "\n## Last 30 minutes\n")?;
    for Lane { kind, spans } in &sheet.timeline.lanes {
        let mut spans: Vec<&LaneSpan> = spans.iter().collect();
        spans.sort_by_key(|span| span.from);
        let told: Vec<String> =
            spans.iter().map(|span| lasted(span, sheet.timeline_from)).collect();
        let told = if told.is_empty() { "nothing".to_owned() } else { told.join("; ") };
        writeln!(text, "- {}: {told}", lane(*kind))?;
    }
    let mut marks: Vec<_> = sheet.timeline.marks.iter().collect();
    marks.sort_by_key(|mark| mark.at);
    let marks: Vec<String> = marks.iter().map(|mark| plain(&mark.label)).collect();
    if !marks.is_empty() {
        writeln!(text, "- trouble: {}", marks.join(", "))?;
    }
    Ok(())
}

/// "14:02:10–14:09:40 their outage"; what began before the half hour has no beginning in it.
fn lasted(span: &LaneSpan, sheet_from: UnixMs) -> String {
    let from = if span.from < sheet_from { String::new() } else { clock_time(span.from) };
    let until = span.until.map_or("now".to_owned(), clock_time);
    format!("{from}–{until} {}", plain(&span.label))
}

fn lane(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::StatusPage => "status page",
        LaneKind::Verdict => "verdict",
        LaneKind::Probes => "probes",
        LaneKind::Traffic => "traffic",
        LaneKind::Levers => "levers",
    }
}

fn not_so(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    writeln!(text, "\n## What it is not\n")?;
    for other in &sheet.excluded {
        let open = if other.ruled_out { "" } else { " (not ruled out)" };
        writeln!(text, "- {}{open}: {}", kind_phrase(other.kind), plain(&other.reason))?;
    }
    Ok(())
}

fn suggested(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    if sheet.levers.is_empty() && sheet.fix.is_none() && sheet.no_lever.is_none() {
        return Ok(());
    }
    writeln!(text, "\n## Suggested\n")?;
    if let Some(why) = &sheet.no_lever {
        writeln!(text, "- no lever: {}", plain(why))?;
    }
    for lever in &sheet.levers {
        let to = lever.target.as_ref().map_or(String::new(), |target| format!(" {target}"));
        let (route, mode) = (&lever.route, lever.mode.as_str());
        writeln!(text, "- `{route}` →{to} {mode}: {}", plain(&lever.reason))?;
    }
    if let Some(fix) = &sheet.fix {
        writeln!(text, "- {}", plain(&fix.title))?;
        for (number, step) in (1..).zip(&fix.steps) {
            writeln!(text, "  {number}. {}", plain(step))?;
        }
    }
    Ok(())
}

fn so_far(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    let Some(episode) = &sheet.episode else { return Ok(()) };
    writeln!(text, "\n## So far\n")?;
    let targets: Vec<&str> = episode.targets.iter().map(|target| target.as_str()).collect();
    writeln!(
        text,
        "- {} since {}, seen {} later",
        lasting(episode.started_at, sheet.at),
        moment(episode.started_at),
        lasting(episode.started_at, episode.detected_at)
    )?;
    writeln!(text, "- {} · {}", reach(episode.scope, targets.len() == 1), targets.join(", "))?;
    if let Some(peak) = &episode.peak {
        let percent = f64::from(peak.failed_permille) / 10.0;
        let (failed, attempts, at) = (peak.failed, peak.attempts, clock_time(peak.at));
        writeln!(
            text,
            "- at worst {percent:.0} % failed ({failed} of {attempts}) at {at} on {}",
            peak.target
        )?;
    }
    Ok(())
}

fn call(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    let Some(call) = &sheet.failing_call else { return Ok(()) };
    let heading = match call.seen_by {
        EvidenceSource::Traffic => "A call like those that fail",
        _ => "The latest failed call",
    };
    writeln!(text, "\n## {heading}\n")?;
    let status = call.http_status.map_or(String::new(), |status| format!(" · HTTP {status}"));
    let id = call
        .vendor_request_id
        .as_deref()
        .map_or(String::new(), |id| format!(" · vendor's request id {}", plain(id)));
    writeln!(text, "{} · {}{status}{id}\n", moment(call.at), call.class.as_str())?;
    if let Some(detail) = &call.detail {
        writeln!(text, "> {}\n", plain(detail))?;
    }
    writeln!(text, "```sh\n{}\n```", call.curl)
}

fn health(text: &mut String, sheet: &Triage) -> std::fmt::Result {
    let Some(ScoreView { score, confidence: known, addends }) = &sheet.score else {
        return Ok(());
    };
    writeln!(text, "\n## Health {score} of 100, confidence {}\n", confidence(*known))?;
    writeln!(text, "| | points | at most | figure |\n|---|---:|---:|---|")?;
    for addend in addends {
        let figure = addend.figure.as_deref().map_or("not known".to_owned(), plain);
        let figure = if addend.name == "start" { String::new() } else { figure };
        let (label, points, weight) = (&addend.label, addend.points, addend.weight);
        writeln!(text, "| {label} | {points} | {weight} | {figure} |")?;
    }
    Ok(())
}

/// One line, in which nothing is markup.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            '`' | '*' | '[' | ']' | '<' | '|' | '\\' | '#' => {
                out.push('\\');
                out.push(letter);
            }
            _ if letter.is_control() => {}
            _ => out.push(letter),
        }
    }
    out
}

fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

fn source(source: EvidenceSource) -> &'static str {
    match source {
        EvidenceSource::Probes => "probes",
        EvidenceSource::Traffic => "traffic",
        EvidenceSource::StatusPage => "status page",
        EvidenceSource::Witness => "own network",
        EvidenceSource::Headroom => "limits",
    }
}
