//! A small simulated world on loopback: four vendors' APIs, their status pages and the callers of
//! our routes, told by a scenario and driven by the clock that is handed in.
//!
//! What the product does here it does by the same code as with the real vendors, so everything that
//! crosses a socket has the vendors' own form: paths, headers, bodies, events and errors.
//!
//! Not for deciding anything about the product, and never a dependency of what it simulates: it
//! shares no protocol code with `changeover-llm`, or a mistake there would agree with itself.
//!
//! The rule it keeps: same seed, same story, to the byte. Whatever is drawn for a request depends on
//! the seeds, the provider, the request's content and how often that content has been sent, and on
//! nothing else.

mod chance;
mod compose;
mod dialect;
mod fault;
mod gate;
mod host;
mod inbox;
mod known;
mod page;
mod plausible;
mod profile;
mod prose;
mod scenario;
mod script;
mod secured;
mod signed;
mod stage;
mod traffic;
mod world;

pub use inbox::Received;
pub use page::{PageSubscriber, SimulatedPage};
pub use scenario::{Scenario, ScenarioError, ScenarioSummary};
pub use secured::CertificateError;
pub use traffic::{
    GatewayCalls, MinuteCounts, RouteCounts, RouteTraffic, TrafficContent, TrafficStats,
};
pub use world::{Playing, SandboxError, World, WorldSettings};
