//! From one snapshot to the next: which pieces changed.
//!
//! Publishing compares whole snapshots, so no part of the engine has to remember to announce what
//! it did, and a screen redraws only what is different.

use std::hash::Hash;

use crate::contract::{Change, Snapshot};

/// The pieces of `next` that differ from `before`.
pub(crate) fn changes(before: &Snapshot, next: &Snapshot) -> Vec<Change> {
    let mut out = Vec::new();
    if before.headline != next.headline {
        out.push(Change::Headline(next.headline.clone()));
    }
    if before.sandbox != next.sandbox {
        out.push(Change::Sandbox(next.sandbox.clone()));
    }
    watched(before, next, &mut out);
    served(before, next, &mut out);
    told(before, next, &mut out);
    if before.timeline != next.timeline {
        out.push(Change::Timeline(next.timeline.clone()));
    }
    if before.witness != next.witness {
        out.push(Change::Witness(next.witness.clone()));
    }
    out
}

/// What providers do.
fn watched(before: &Snapshot, next: &Snapshot, out: &mut Vec<Change>) {
    pieces(&before.providers, &next.providers, |piece| &piece.id, Change::Provider, out);
    pieces(&before.targets, &next.targets, |piece| &piece.id, Change::Target, out);
    pieces(&before.sparklines, &next.sparklines, |piece| &piece.target, Change::Sparkline, out);
    pieces(&before.verdicts, &next.verdicts, |piece| &piece.target, Change::Verdict, out);
    let (was, is) = (&before.incidents, &next.incidents);
    pieces(was, is, |piece| &piece.incident.id, Change::Incident, out);
    gone(was, is, |piece| &piece.incident.id, Change::IncidentGone, out);
    let (was, is) = (&before.page_maintenance, &next.page_maintenance);
    pieces(was, is, |piece| &piece.id, Change::PageMaintenance, out);
    gone(was, is, |piece| &piece.id, Change::PageMaintenanceGone, out);
    pieces(&before.sources, &next.sources, |piece| &piece.id, Change::Source, out);
    if before.webhooks != next.webhooks {
        out.push(Change::Webhooks(next.webhooks.clone()));
    }
}

/// What gateways do, and what is wanted of them.
fn served(before: &Snapshot, next: &Snapshot, out: &mut Vec<Change>) {
    pieces(&before.routes, &next.routes, |piece| &piece.id, Change::Route, out);
    pieces(&before.gateways, &next.gateways, |piece| &piece.id, Change::Gateway, out);
    pieces(&before.overrides, &next.overrides, |piece| &piece.route, Change::Override, out);
    gone(&before.overrides, &next.overrides, |piece| &piece.route, Change::OverrideGone, out);
    pieces(&before.periods, &next.periods, |piece| &piece.id, Change::Period, out);
    gone(&before.periods, &next.periods, |piece| &piece.id, Change::PeriodGone, out);
}

/// What people are told, and what withholds it.
fn told(before: &Snapshot, next: &Snapshot, out: &mut Vec<Change>) {
    pieces(&before.alerts, &next.alerts, |piece| &piece.key, Change::Alert, out);
    gone(&before.alerts, &next.alerts, |piece| &piece.key, Change::AlertGone, out);
    pieces(&before.windows, &next.windows, |piece| &piece.id, Change::Window, out);
    gone(&before.windows, &next.windows, |piece| &piece.id, Change::WindowGone, out);
    pieces(&before.undelivered, &next.undelivered, |piece| &piece.sink, Change::Undelivered, out);
}

fn pieces<T: PartialEq + Clone, K: Eq + Hash>(
    before: &[T],
    next: &[T],
    key: impl Fn(&T) -> &K,
    change: impl Fn(T) -> Change,
    out: &mut Vec<Change>,
) {
    for piece in next {
        let same = before.iter().find(|old| key(old) == key(piece)).is_some_and(|old| old == piece);
        if !same {
            out.push(change(piece.clone()));
        }
    }
}

fn gone<T, K: Eq + Clone>(
    before: &[T],
    next: &[T],
    key: impl Fn(&T) -> &K,
    change: impl Fn(K) -> Change,
    out: &mut Vec<Change>,
) {
    for old in before {
        if !next.iter().any(|piece| key(piece) == key(old)) {
            out.push(change(key(old).clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{GatewayId, UnixMs};

    use super::*;
    use crate::contract::{GatewayView, Headline, OverrideView, Reachability, Timeline};

    fn gateway(id: &str, problem: Option<&str>) -> GatewayView {
        GatewayView {
            id: GatewayId::try_new(id).unwrap(),
            admin_url: "http://127.0.0.1:1".into(),
            reachability: Reachability::Reachable,
            since: UnixMs(0),
            last_read_at: None,
            version: None,
            generation: None,
            problem: problem.map(str::to_owned),
        }
    }

    fn held(route: &str) -> OverrideView {
        OverrideView {
            route: changeover_domain::RouteId::try_new(route).unwrap(),
            generation: changeover_domain::Generation(1),
            r#override: None,
            requested_at: UnixMs(0),
            requested_by: "mk".into(),
            convergence: vec![],
            expiry_held: vec![],
            undo_to: None,
        }
    }

    fn snapshot() -> Snapshot {
        Snapshot {
            sequence: 0,
            now: UnixMs(0),
            speed: 1.0,
            operator: "mk".into(),
            headline: Headline {
                sentence: "all providers are operating".into(),
                worst: changeover_domain::VerdictKind::Operating,
                overrides: 0,
                oldest_override_at: None,
                premium_per_hour: None,
                gateways_in_sync: 2,
                gateways: 2,
            },
            sandbox: None,
            providers: vec![],
            targets: vec![],
            sparklines: vec![],
            routes: vec![],
            gateways: vec![gateway("eu-1", None), gateway("eu-2", None)],
            overrides: vec![held("chat")],
            incidents: vec![],
            page_maintenance: vec![],
            sources: vec![],
            webhooks: crate::contract::WebhooksView::default(),
            verdicts: vec![],
            periods: vec![],
            alerts: vec![],
            windows: vec![],
            undelivered: vec![],
            timeline: Timeline { lanes: vec![], marks: vec![] },
            witness: crate::view::witness_view(&Default::default(), UnixMs(0)),
        }
    }

    #[test]
    fn what_is_the_same_is_not_sent() {
        let later = Snapshot { now: UnixMs(9_000), speed: 5.0, ..snapshot() };
        assert_eq!(changes(&snapshot(), &later), [], "growing older is no change");
    }

    #[test]
    fn only_the_piece_that_differs_is_sent_and_what_is_gone_is_named() {
        let mut next = snapshot();
        next.gateways = vec![gateway("eu-1", None), gateway("eu-2", Some("connection refused"))];
        next.overrides = vec![];
        let sent = changes(&snapshot(), &next);
        assert_eq!(
            sent,
            [
                Change::Gateway(gateway("eu-2", Some("connection refused"))),
                Change::OverrideGone(held("chat").route),
            ]
        );
    }
}
