//! Platforms told apart by the keys of their JSON.

use super::{Kind, not};
use crate::json::{Shape, shape};
use crate::{Format, Platform, ReadError, ulid};

/// A JSON document by platform, and which of its documents it is where they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Json {
    Statuspage(StatuspageShape),
    IncidentIo(IncidentIoShape),
    GoogleCloud(ListShape),
    AwsHealth(AwsShape),
    Instatus(InstatusShape),
    BetterStack,
    Checkly,
    Datadog,
    Flashcat,
}

/// Statuspage's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StatuspageShape {
    /// `page` with status, components, incidents, planned work.
    Page,
    /// A bare list of incidents.
    List,
    /// Records of somebody's archive, which keep what the page sent under `raw`.
    Archive,
    Webhook,
}

/// Instatus's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InstatusShape {
    Page,
    Webhook,
}

/// Lists of incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListShape {
    Bare,
    /// Records of somebody's archive, with each incident under `raw`.
    Archive,
}

/// incident.io's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IncidentIoShape {
    /// Statuspage's form.
    Compatible,
    /// `/api/v1/summary`, made for widgets.
    Widget,
    /// `/proxy/<host>` and its `/incidents` and `/component_impacts`.
    Proxy,
}

/// AWS's documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AwsShape {
    CurrentEvents,
    /// The `data.json` of the dashboard before 2022.
    Data,
}

impl Json {
    pub(crate) fn platform(self) -> Platform {
        match self {
            Self::Statuspage(_) => Platform::Statuspage,
            Self::IncidentIo(_) => Platform::IncidentIo,
            Self::GoogleCloud(_) => Platform::GoogleCloud,
            Self::AwsHealth(_) => Platform::AwsHealth,
            Self::Instatus(_) => Platform::Instatus,
            Self::BetterStack => Platform::BetterStack,
            Self::Checkly => Platform::Checkly,
            Self::Datadog => Platform::Datadog,
            Self::Flashcat => Platform::Flashcat,
        }
    }

    pub(crate) fn format(self) -> Format {
        match self {
            Self::Statuspage(StatuspageShape::Webhook) | Self::Instatus(InstatusShape::Webhook) => {
                Format::Webhook
            }
            _ => Format::Json,
        }
    }
}

/// The kind of a JSON document.
pub(crate) fn kind(text: &str) -> Result<Kind, ReadError> {
    let shape = shape(text)?;
    match &shape {
        Shape::List(None) => Ok(Kind::EmptyList),
        Shape::List(Some(first)) => list(first).map(Kind::Json),
        _ => object(&shape).map(Kind::Json),
    }
}

fn list(first: &Shape) -> Result<Json, ReadError> {
    let is_google = |one: &Shape| one.has_any(&["external_desc", "most_recent_update"]);
    if first.has_any(&["arn", "event_log"]) {
        return Ok(Json::AwsHealth(AwsShape::CurrentEvents));
    }
    if is_google(first) {
        return Ok(Json::GoogleCloud(ListShape::Bare));
    }
    if first.has("incident_updates") {
        return Ok(Json::Statuspage(StatuspageShape::List));
    }
    if first.at(&["raw", "incident_updates"]).is_some() {
        return Ok(Json::Statuspage(StatuspageShape::Archive));
    }
    if first.at(&["raw"]).is_some_and(is_google) {
        return Ok(Json::GoogleCloud(ListShape::Archive));
    }
    let is_slack = first.has("date_created") && first.has_any(&["notes", "services"]);
    let looks_like = if is_slack {
        "Slack's own history of incidents"
    } else {
        "a JSON list that is no known status page"
    };
    Err(not(looks_like))
}

fn object(shape: &Shape) -> Result<Json, ReadError> {
    let statuspage = ["status", "components", "incidents", "scheduled_maintenances"];
    if let Some(webhook) = webhook(shape) {
        return Ok(webhook);
    }
    if let Some(incident_io) = incident_io(shape) {
        return Ok(Json::IncidentIo(incident_io));
    }
    if is_instatus(shape) {
        return Ok(Json::Instatus(InstatusShape::Page));
    }
    if shape.has("data")
        && (shape.has("included") || shape.has_text(&["data", "type"], "status_page"))
    {
        return Ok(Json::BetterStack);
    }
    if shape.has("uptime") && shape.has_any(&["metadata", "partialError"]) {
        return Ok(Json::Checkly);
    }
    if shape.has_any(&["active_changes", "changes"])
        || shape.at(&["data", "active_changes"]).is_some()
    {
        return Ok(Json::Flashcat);
    }
    if is_datadog(shape) {
        return Ok(Json::Datadog);
    }
    if shape.has("page") && shape.has_any(&statuspage) {
        return Ok(Json::Statuspage(StatuspageShape::Page));
    }
    if shape.has("archive") && shape.at(&["archive", "service_name"]).is_some()
        || shape.at(&["current", "service_name"]).is_some()
    {
        return Ok(Json::AwsHealth(AwsShape::Data));
    }
    Err(not(other(shape)))
}

fn incident_io(shape: &Shape) -> Option<IncidentIoShape> {
    if shape.has_any(&["ongoing_incidents", "in_progress_maintenances"]) {
        return Some(IncidentIoShape::Widget);
    }
    let is_proxy = shape.has("component_impacts")
        || shape.at(&["summary", "structure"]).is_some()
        || shape.at(&["summary", "ongoing_incidents"]).is_some()
        || shape.at(&["summary", "affected_components"]).is_some()
        || shape.at(&["incidents", "status_summaries"]).is_some()
        || shape.at(&["incidents", "component_impacts"]).is_some();
    if is_proxy {
        return Some(IncidentIoShape::Proxy);
    }
    let ids = [["page", "id"], ["incidents", "id"], ["components", "id"]];
    let is_ulid = |path: &[&str; 2]| shape.text(path).and_then(ulid::created_at).is_some();
    (shape.has("page") && ids.iter().any(is_ulid)).then_some(IncidentIoShape::Compatible)
}

/// What a page sends by itself. Instatus took the form over from Statuspage, with its own words.
fn webhook(shape: &Shape) -> Option<Json> {
    if !shape.has("page") || !shape.has_any(&["incident", "component_update", "maintenance"]) {
        return None;
    }
    let is_instatus = shape.has("maintenance")
        || shape.is_shouted(&["incident", "status"])
        || shape.is_shouted(&["page", "status_indicator"]);
    Some(if is_instatus {
        Json::Instatus(InstatusShape::Webhook)
    } else {
        Json::Statuspage(StatuspageShape::Webhook)
    })
}

fn is_instatus(shape: &Shape) -> bool {
    shape.has_any(&["activeIncidents", "activeMaintenances"])
        || shape.is_shouted(&["page", "status"])
        || (!shape.has("page") && shape.is_shouted(&["components", "status"]))
}

fn is_datadog(shape: &Shape) -> bool {
    let incident = shape.at(&["incidents"]);
    let has = |keys: &[&str]| incident.is_some_and(|one| one.has_any(keys));
    has(&["currentStatus", "publishedDate", "timeline", "componentsAffected"])
        || (incident.is_some() && shape.has("maintenances"))
}

fn other(shape: &Shape) -> &'static str {
    let is_of_better_stack =
        ["incident", "status_report"].iter().any(|kind| shape.has_text(&["data", "type"], kind));
    if shape.has("active_incidents") {
        "Slack's own status"
    } else if shape.has("event_type") {
        "a webhook of an incident.io account, which speaks to the page's owner"
    } else if is_of_better_stack {
        "a webhook of Better Stack, which tells of one monitor or report and not of a page"
    } else if shape.at(&["result", "status_overall"]).is_some() {
        "a Status.io page"
    } else if shape.has("psp") || shape.has("monitors") {
        "an UptimeRobot page"
    } else if shape.at(&["data", "status_name"]).is_some()
        || shape.at(&["data", "human_status"]).is_some()
    {
        "a Cachet page"
    } else if shape.has("products") {
        "Google Cloud's list of products"
    } else if shape.at(&["summary"]).is_some() || shape.has("expose_status_summary_api") {
        "the data of an incident.io page without any status in it"
    } else if shape.has_any(&["error", "errors", "message"]) {
        "a JSON error message"
    } else {
        "JSON with none of the keys of a status page"
    }
}

impl Shape {
    /// Whether there is a word in capitals under the path.
    fn is_shouted(&self, path: &[&str]) -> bool {
        let is_capital = |byte: u8| byte.is_ascii_uppercase();
        self.text(path).is_some_and(|word| !word.is_empty() && word.bytes().all(is_capital))
    }

    fn has_text(&self, path: &[&str], text: &str) -> bool {
        self.text(path) == Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_decide_the_platform() {
        use IncidentIoShape::{Compatible, Proxy, Widget};
        for (text, json) in [
            (
                r#"{"page":{"id":"x"},"status":{"indicator":"none"}}"#,
                Json::Statuspage(StatuspageShape::Page),
            ),
            (r#"[{"incident_updates":[]}]"#, Json::Statuspage(StatuspageShape::List)),
            (r#"[{"raw":{"incident_updates":[]}}]"#, Json::Statuspage(StatuspageShape::Archive)),
            (r#"[{"raw":{"external_desc":"x"}}]"#, Json::GoogleCloud(ListShape::Archive)),
            (r#"{"page":{},"incident":{}}"#, Json::Statuspage(StatuspageShape::Webhook)),
            (
                r#"{"page":{"id":"01ARYZ6S41TSV4RRFFQ69G5FAV"},"status":{}}"#,
                Json::IncidentIo(Compatible),
            ),
            (r#"{"ongoing_incidents":[]}"#, Json::IncidentIo(Widget)),
            (r#"{"summary":{"structure":{"items":[]}}}"#, Json::IncidentIo(Proxy)),
            (r#"{"component_impacts":[],"incident_links":[]}"#, Json::IncidentIo(Proxy)),
            (r#"[{"external_desc":"x"}]"#, Json::GoogleCloud(ListShape::Bare)),
            (r#"[{"arn":"x","event_log":[]}]"#, Json::AwsHealth(AwsShape::CurrentEvents)),
            (r#"{"archive":[{"service_name":"x"}]}"#, Json::AwsHealth(AwsShape::Data)),
            (r#"{"page":{"status":"UP"}}"#, Json::Instatus(InstatusShape::Page)),
            (r#"{"page":{},"activeIncidents":[]}"#, Json::Instatus(InstatusShape::Page)),
            (r#"{"components":[{"status":"OPERATIONAL"}]}"#, Json::Instatus(InstatusShape::Page)),
            (
                r#"{"page":{},"incident":{"status":"INVESTIGATING"}}"#,
                Json::Instatus(InstatusShape::Webhook),
            ),
            (r#"{"page":{},"maintenance":{}}"#, Json::Instatus(InstatusShape::Webhook)),
            (r#"{"data":{},"included":[]}"#, Json::BetterStack),
            (r#"{"metadata":[],"uptime":[]}"#, Json::Checkly),
            (r#"{"incidents":[],"maintenances":null}"#, Json::Datadog),
            (r#"{"active_changes":[],"components":[]}"#, Json::Flashcat),
        ] {
            assert_eq!(kind(text), Ok(Kind::Json(json)), "{text}");
        }
        assert_eq!(kind("[]"), Ok(Kind::EmptyList));
    }

    #[test]
    fn what_else_it_may_be_is_said() {
        for (text, said) in [
            (r#"{"active_incidents":[],"status":"ok"}"#, "Slack's own status"),
            (r#"[{"date_created":"x","notes":[]}]"#, "Slack's own history"),
            (r#"{"event_type":"public_incident.incident_created_v2"}"#, "an incident.io account"),
            (r#"{"data":{"type":"incident","attributes":{}}}"#, "a webhook of Better Stack"),
            (r#"{"data":{"type":"status_report"}}"#, "a webhook of Better Stack"),
            (r#"{"result":{"status_overall":{}}}"#, "a Status.io page"),
            (r#"{"status":"ok","psp":{"monitors":[]}}"#, "an UptimeRobot page"),
            (r#"{"meta":{},"data":[{"status_name":"Major Outage"}]}"#, "a Cachet page"),
            (r#"{"products":[{"title":"x"}]}"#, "Google Cloud's list of products"),
            (r#"{"error":"x"}"#, "a JSON error message"),
            (r#"{"x":1}"#, "none of the keys"),
            ("[1]", "a JSON list that is no known"),
            (r#"{"page":{"#, "ends inside the JSON document"),
        ] {
            let refusal = kind(text).unwrap_err().to_string();
            assert!(refusal.contains(said), "{text}: {refusal}");
        }
    }
}
