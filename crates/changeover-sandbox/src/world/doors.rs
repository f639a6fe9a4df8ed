//! What stands between whoever asks and a server of the world: a gate, a name, a certificate. A
//! scenario can take each of them away.
//!
//! Not for what a server answers (`host`). The rule it keeps: what changes at a door breaks what came
//! through it before, as when an edge is withdrawn; else kept connections would hide it for as long
//! as they last.

use std::net::IpAddr;
use std::time::Duration;

use changeover_http::Names;

use crate::fault::{Certificate, Effects};
use crate::gate::Gate;
use crate::scenario::Lost;
use crate::secured::Shown;
use crate::stage::Stage;

/// Whose door it is, and so what shuts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A vendor's API: its own faults, and our network.
    Api(&'static str),
    /// A status page stands elsewhere: only our network takes it away.
    Page,
    /// A neutral host, too; without a name it is asked by its number, and misses no resolver.
    Neutral,
}

/// Where a server is found.
pub(super) struct Place {
    pub(super) names: Names,
    pub(super) host: String,
    pub(super) address: IpAddr,
}

/// One server's door.
pub(super) struct Door {
    pub(super) owner: Owner,
    pub(super) gate: Gate,
    /// `None` where it is asked by number.
    pub(super) place: Option<Place>,
    /// `None` where it speaks in clear.
    pub(super) shown: Option<Shown>,
}

/// How a door stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stand {
    open: bool,
    named: bool,
    certificate: Certificate,
}

impl Door {
    /// Keeps it as the stage says.
    pub(super) async fn keep(self, stage: Stage) {
        let mut plays = stage.watch();
        let mut stood = self.stand(&stage);
        self.set(stood);
        loop {
            plays.mark_unchanged();
            let stands = self.stand(&stage);
            if stands != stood {
                self.set(stands);
                self.gate.break_connections();
                stood = stands;
            }
            let change = self.next_change(&stage);
            let wait = async {
                match change {
                    Some(after) => stage.clock.sleep(after).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wait => {}
                changed = plays.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Who has no name to lose is shut instead, and so is who has no certificate.
    fn stand(&self, stage: &Stage) -> Stand {
        let everything = stage.is_lost(Lost::Everything);
        let away = everything || (self.owner == Owner::Neutral && stage.is_lost(Lost::Neutral));
        let effects = match self.owner {
            Owner::Api(provider) => stage.effects(provider, None, u64::MAX),
            Owner::Page | Owner::Neutral => Effects::default(),
        };
        // A network that is gone takes its resolver along.
        let named = !everything && !stage.is_lost(Lost::Names) && !effects.name_gone;
        let found = named || self.place.is_some() || self.owner == Owner::Neutral;
        let trusted = effects.certificate == Certificate::Good || self.shown.is_some();
        let open = !effects.connection_refused && !away;
        // What a proxy shows in its place is not the vendor's, whatever the vendor shows.
        let proxied = stage.is_lost(Lost::Tls);
        let certificate = if proxied { Certificate::UnknownIssuer } else { effects.certificate };
        Stand { open: open && found && trusted, named, certificate }
    }

    fn set(&self, stand: Stand) {
        if let Some(Place { names, host, address }) = &self.place {
            if stand.named {
                names.write(host, *address);
            } else {
                names.strike(host);
            }
        }
        if let Some(shown) = &self.shown {
            shown.show(stand.certificate);
        }
        self.gate.set_open(stand.open);
    }

    /// How long until something begins or ends at this door.
    fn next_change(&self, stage: &Stage) -> Option<Duration> {
        let provider = match self.owner {
            Owner::Api(provider) => Some(provider),
            Owner::Page | Owner::Neutral => None,
        };
        let play = stage.current()?;
        let now = stage.clock.now();
        match play.elapsed(now) {
            None => Some(play.started_at.since(now)),
            Some(elapsed) => {
                let next = play.scenario.next_change(provider, elapsed)?;
                Some(next.saturating_sub(elapsed))
            }
        }
    }
}
