//! Statuspage's public JSON, version 2.

use changeover_domain::UnixMs;
use serde_json::{Value, json};

use super::View;
use super::incident::{Gravity, PageIncident, PageUpdate, Phase};

/// Resolved incidents that `incidents.json` goes back.
const HISTORY: usize = 50;

pub(super) fn summary(view: &View) -> String {
    let open: Vec<Value> = open(view).map(|each| incident(view, each)).collect();
    json!({
        "page": page(view),
        "components": [component(view)],
        "incidents": open,
        "scheduled_maintenances": [],
        "status": indicator(view),
    })
    .to_string()
}

pub(super) fn status(view: &View) -> String {
    json!({ "page": page(view), "status": indicator(view) }).to_string()
}

pub(super) fn components(view: &View) -> String {
    json!({ "page": page(view), "components": [component(view)] }).to_string()
}

pub(super) fn incidents(view: &View, resolved_too: bool) -> String {
    let shown = view.incidents.iter().take(HISTORY);
    let shown = shown.filter(|each| resolved_too || each.phase() != Phase::Resolved);
    let incidents: Vec<Value> = shown.map(|each| incident(view, each)).collect();
    json!({ "page": page(view), "incidents": incidents }).to_string()
}

/// What the page sends to a subscriber about one incident.
pub(super) fn webhook(view: &View, one: &PageIncident) -> String {
    let status = indicator(view);
    json!({
        "meta": {
            "unsubscribe": format!("{}/?unsubscribe=sandbox", view.base),
            "documentation": "https://help.statuspage.io/knowledge_base/topics/webhook-notifications",
        },
        "page": {
            "id": page_id(view),
            "status_indicator": status["indicator"],
            "status_description": status["description"],
        },
        "incident": incident(view, one),
    })
    .to_string()
}

fn open(view: &View) -> impl Iterator<Item = &PageIncident> {
    view.incidents.iter().filter(|each| each.phase() != Phase::Resolved)
}

fn page_id(view: &View) -> String {
    format!("{:0<12.12}", format!("{}sbx", view.profile.id))
}

fn component_id(view: &View) -> String {
    format!("{:0<12.12}", format!("{}api", view.profile.id))
}

fn page(view: &View) -> Value {
    json!({
        "id": page_id(view),
        "name": view.profile.name,
        "url": view.base,
        "time_zone": "Etc/UTC",
        "updated_at": instant(view.updated_at),
    })
}

fn indicator(view: &View) -> Value {
    let (indicator, description) = match open(view).map(|each| each.gravity).max() {
        None => ("none", "All Systems Operational"),
        Some(Gravity::Minor) => ("minor", "Partially Degraded Service"),
        Some(Gravity::Major) => ("major", "Partial System Outage"),
        Some(Gravity::Critical) => ("critical", "Major System Outage"),
    };
    json!({ "indicator": indicator, "description": description })
}

fn component(view: &View) -> Value {
    let worst = open(view).max_by_key(|each| (each.phase() < Phase::Monitoring, each.gravity));
    json!({
        "id": component_id(view),
        "name": view.profile.component,
        "status": worst.map_or("operational", PageIncident::component),
        "created_at": "2023-07-11T17:01:46.133Z",
        "updated_at": instant(view.updated_at),
        "position": 1,
        "description": null,
        "showcase": true,
        "start_date": "2023-07-11",
        "group_id": null,
        "page_id": page_id(view),
        "group": false,
        "only_show_if_degraded": false,
    })
}

fn incident(view: &View, incident: &PageIncident) -> Value {
    // Newest first, as the page shows them.
    let updates: Vec<Value> =
        incident.updates.iter().rev().map(|each| update(view, incident, each)).collect();
    json!({
        "id": incident.code,
        "name": incident.title,
        "status": incident.phase().word(),
        "created_at": instant(incident.started_at()),
        "updated_at": instant(incident.updated_at()),
        "monitoring_at": incident.reached(Phase::Monitoring).map(instant),
        "resolved_at": incident.reached(Phase::Resolved).map(instant),
        "impact": incident.gravity.word(),
        "shortlink": format!("{}/incidents/{}", view.base, incident.code),
        "started_at": instant(incident.started_at()),
        "page_id": page_id(view),
        "incident_updates": updates,
        "components": [component(view)],
        "reminder_intervals": null,
    })
}

fn update(view: &View, incident: &PageIncident, update: &PageUpdate) -> Value {
    let state = |phase| match phase {
        Phase::Investigating | Phase::Identified => incident.gravity.component(),
        Phase::Monitoring => Gravity::Minor.component(),
        Phase::Resolved => "operational",
    };
    let before = incident.updates.iter().take_while(|each| each.code != update.code).last();
    json!({
        "id": update.code,
        "status": update.phase.word(),
        "body": update.body,
        "incident_id": incident.code,
        "created_at": instant(update.at),
        "updated_at": instant(update.at),
        "display_at": instant(update.at),
        "affected_components": [{
            "code": component_id(view),
            "name": view.profile.component,
            "old_status": before.map_or("operational", |each| state(each.phase)),
            "new_status": state(update.phase),
        }],
        "deliver_notifications": true,
        "custom_tweet": null,
        "tweet_id": null,
    })
}

fn instant(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
