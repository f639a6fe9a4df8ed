//! Watching one status page. A page that cannot be read is an observation like any other.

use changeover_status::{MaintenanceStep, PollOutcome, StatusPoller, Transition};

use crate::engine::Engine;

/// Polls until the engine is cancelled.
pub(crate) async fn watch(engine: Engine, mut poller: StatusPoller) {
    loop {
        let incidents = match poller.poll().await {
            PollOutcome::Seeded(reading) => reading.into_incidents(),
            PollOutcome::Changed { reading, transitions } => {
                transitions.iter().for_each(log);
                reading.into_incidents()
            }
            PollOutcome::Unchanged => Vec::new(),
            PollOutcome::Failed(problem) => {
                tracing::debug!(%problem, "a status page could not be read");
                Vec::new()
            }
        };
        let source = poller.state();
        engine.record_source(&source).await;
        engine.record_incidents(&incidents).await;
        {
            let mut state = engine.state();
            state.observed.set_source(source);
            incidents.into_iter().for_each(|incident| state.observed.set_incident(incident));
        }
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.clock().sleep(poller.next_delay()) => {}
        }
    }
}

fn log(transition: &Transition) {
    let what = match transition {
        Transition::Opened { .. } => "incident opened",
        Transition::Updated { .. } => "incident was updated",
        Transition::StateChanged { .. } => "incident moved",
        Transition::Resolved { .. } => "incident was resolved",
        Transition::Maintenance { step, .. } => match step {
            MaintenanceStep::Announced => "maintenance was announced",
            MaintenanceStep::Changed => "maintenance changed",
            MaintenanceStep::Began => "maintenance began",
            MaintenanceStep::Ended => "maintenance ended",
        },
    };
    let incident = transition.incident();
    tracing::info!(provider = %incident.provider, title = %incident.title, "the provider's {what}");
}
