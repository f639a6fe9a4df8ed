//! Our own network, for the screen.

use changeover_domain::UnixMs;
use changeover_policy::witness::{OwnNetwork, WitnessReading, own_network};

use crate::contract::{OwnNetworkState, WitnessView};

pub(crate) fn view(reading: &WitnessReading, now: UnixMs) -> WitnessView {
    let judged = own_network(reading, now);
    WitnessView {
        state: match judged {
            OwnNetwork::Present => OwnNetworkState::Present,
            OwnNetwork::Gone => OwnNetworkState::Gone,
            OwnNetwork::NamesGone => OwnNetworkState::NamesGone,
            OwnNetwork::TlsGone => OwnNetworkState::TlsGone,
            OwnNetwork::Unknown => OwnNetworkState::Unknown,
        },
        sentence: judged.phrase().to_owned(),
        route: reading.route,
        names_tried: reading.names.tried,
        names_answered: reading.names.answered,
        tls_tried: reading.tls.tried,
        tls_answered: reading.tls.answered,
        since: reading.since,
        read_at: reading.read_at,
    }
}
