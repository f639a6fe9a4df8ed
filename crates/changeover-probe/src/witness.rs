//! Looking at our own network, by hosts that have nothing to do with any provider.
//!
//! Not for judging what was seen (`changeover_policy::witness`). The rule it keeps: only hosts that
//! the user chose are asked, for nothing but their front page, and only whether they answer counts.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_http::wire::{Noting, WireClient};
use changeover_policy::witness::{Tried, WitnessReading};
use futures::future::join_all;
use tokio::net::UdpSocket;

/// How long a host may take, in the system's time: it bounds real packets.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses that are kept for documentation: any way out leads there, and nobody is.
const NOWHERE: [(&str, &str); 2] = [("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];

/// Reads the state of our own network.
#[derive(Debug)]
pub struct WitnessProber {
    http: WireClient,
    clock: Clock,
    hosts: Vec<String>,
}

/// What one host showed.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// `None` where its address is a number.
    named: Option<bool>,
    /// `None` where it could not be asked, because its name was not found.
    answered: Option<bool>,
}

impl WitnessProber {
    /// A witness that asks `hosts`, which are addresses: `https://host`, `http://host:port`.
    #[must_use]
    pub fn new(http: WireClient, clock: Clock, hosts: Vec<String>) -> Self {
        Self { http, clock, hosts }
    }

    /// Looks once at everything, side by side.
    pub async fn read(&self) -> WitnessReading {
        let hosts = join_all(self.hosts.iter().map(|host| self.look_at(host)));
        let (route, hosts) = tokio::join!(route(), hosts);
        let mut reading = WitnessReading { route, ..WitnessReading::default() };
        for Shown { named, answered } in hosts {
            count(&mut reading.names, named);
            count(&mut reading.tls, answered);
        }
        reading.read_at = Some(self.clock.now());
        reading
    }

    async fn look_at(&self, address: &str) -> Shown {
        let noting = Noting::new(|| Duration::ZERO);
        let client = self.http.unkept(&noting);
        // Whatever it answers, and whether it does so in time: the phases tell.
        let patience = PATIENCE.mul_f64(self.clock.speed());
        self.clock.timeout(patience, client.get(address)).await.ok();
        let made = noting.phases();
        let named = (!is_number(address)).then_some(made.resolve.is_some());
        let stood = if address.starts_with("https:") { made.tls } else { made.connect };
        Shown { named, answered: (named != Some(false)).then_some(stood.is_some()) }
    }
}

fn count(tried: &mut Tried, outcome: Option<bool>) {
    tried.tried += u32::from(outcome.is_some());
    tried.answered += u32::from(outcome == Some(true));
}

/// Whether an address names its host by number, so that no resolver is asked.
fn is_number(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.parse::<SocketAddr>().is_ok()
        || authority.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// Whether an interface is up that leads outside. Nothing is sent: the system only looks for the
/// way. `None` where it says something else than yes or no.
async fn route() -> Option<bool> {
    let mut known = None;
    for (from, to) in NOWHERE {
        match way(from, to).await {
            Some(true) => return Some(true),
            other => known = known.or(other),
        }
    }
    known
}

async fn way(from: &str, to: &str) -> Option<bool> {
    let socket = UdpSocket::bind(from).await.ok()?;
    match socket.connect(to).await {
        Ok(()) => Some(true),
        Err(error) => match error.kind() {
            ErrorKind::NetworkUnreachable
            | ErrorKind::HostUnreachable
            | ErrorKind::AddrNotAvailable => Some(false),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use changeover_policy::witness::{OwnNetwork, own_network};
    use tokio::net::TcpListener;

    use super::*;

    fn witness(hosts: &[String]) -> WitnessProber {
        let http = WireClient::new("test").unwrap();
        WitnessProber::new(http, Clock::system(), hosts.to_vec())
    }

    async fn closed_port() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    }

    #[tokio::test]
    async fn a_host_that_takes_connections_answers_and_a_closed_one_does_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = async {
            loop {
                // It hangs up at once: the connection stood all the same.
                drop(listener.accept().await);
            }
        };
        let open = format!("http://localhost:{port}");
        let hosts = [open.clone(), closed_port().await];
        let prober = witness(&hosts);
        let reading = tokio::select! {
            reading = prober.read() => reading,
            () = serving => unreachable!("it serves without end"),
        };
        assert_eq!(reading.names, Tried { tried: 1, answered: 1 }, "a number is not looked up");
        assert_eq!(reading.tls, Tried { tried: 2, answered: 1 });
        assert_eq!(own_network(&reading, reading.read_at.unwrap()), OwnNetwork::Present);
    }

    #[tokio::test]
    async fn without_hosts_the_way_out_is_looked_at_all_the_same_and_nobody_is_asked() {
        let reading = witness(&[]).read().await;
        assert_eq!((reading.names, reading.tls), (Tried::default(), Tried::default()));
        assert_eq!(reading.route, route().await, "as the system says");
        assert!(reading.read_at.is_some());
    }

    #[tokio::test]
    async fn without_any_answer_the_network_is_gone() {
        let prober = witness(&[closed_port().await, closed_port().await]);
        let reading = WitnessReading { route: None, ..prober.read().await };
        assert_eq!(reading.tls, Tried { tried: 2, answered: 0 });
        assert_eq!(own_network(&reading, reading.read_at.unwrap()), OwnNetwork::Gone);
    }

    #[tokio::test]
    async fn a_name_that_is_not_found_is_asked_for_nothing_else() {
        // By RFC 6761 no resolver knows a name under `invalid`.
        let prober = witness(&["https://witness.invalid".to_owned()]);
        let reading = prober.read().await;
        assert_eq!(reading.names, Tried { tried: 1, answered: 0 });
        assert_eq!(reading.tls, Tried::default());
    }

    #[test]
    fn numbers_are_told_from_names() {
        for number in ["http://127.0.0.1:80", "https://[::1]:443/", "https://10.0.0.1"] {
            assert!(is_number(number), "{number}");
        }
        for name in ["https://example.com", "http://localhost:80", "https://1.example"] {
            assert!(!is_number(name), "{name}");
        }
    }
}
