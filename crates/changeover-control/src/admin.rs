//! What the console can ask of any gateway.

use changeover_domain::admin::{
    ChangesPage, GatewayPlan, GatewayState, HintsPage, Lease, LeaseNotes, LeasePut, OverrideDelete,
    OverridePut, OverridesPut, RequestPath, RouteState, TrafficPage,
};
use changeover_domain::{GatewayId, Mode, RequestId, RouteId};
use futures::future::BoxFuture;

use crate::{AdminError, Asked};

/// A question on its way, boxed so that kinds of gateways can stand in one list.
pub type AdminFuture<'a, T> = BoxFuture<'a, Result<T, AdminError>>;

/// How a gateway guards against writing over somebody else's change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareAndSet {
    /// The gateway itself refuses a stale write.
    Native,
    /// The adapter reads before it writes; a change in between can be lost.
    Emulated,
}

/// How far a gateway can prove that an override is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadBackLevel {
    /// It says that it took the change, and no more.
    Accepted,
    /// Its state shows the generation.
    Loaded,
    /// Its traffic names the generation under which each request was served.
    Served,
}

/// What an adapter can and cannot do, for the screen to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdminCapabilities {
    pub compare_and_set: CompareAndSet,
    pub read_back: ReadBackLevel,
    /// Modes the gateway knows at all; which of them a route has, its state says.
    pub modes: &'static [Mode],
    /// Whether [`GatewayAdmin::changes`] gives the gateway's own record.
    pub changes: bool,
    /// Whether [`GatewayAdmin::request`] gives the path of one request.
    pub request_paths: bool,
    /// Whether [`GatewayAdmin::hints`] gives status pages' webhooks.
    pub hints: bool,
}

/// One gateway's admin API. Every call is one attempt with its own time limit; asking again is the
/// caller's decision.
///
/// A change that ended in an error for which [`AdminError::is_transient`] holds may have taken
/// effect: ask again with the same idempotency key, or read the state.
pub trait GatewayAdmin: Send + Sync {
    /// Which gateway this is.
    fn id(&self) -> &GatewayId;

    /// What it can do.
    fn capabilities(&self) -> AdminCapabilities;

    /// What is configured, wanted and in force now.
    fn state(&self) -> AdminFuture<'_, GatewayState>;

    /// What `wanted` would change, and what would forbid it. Has no effect.
    fn plan<'a>(&'a self, wanted: &'a OverridesPut) -> AdminFuture<'a, GatewayPlan>;

    /// Sets the override of `route`, if the route is still what `if_match` (its `etag`) names.
    fn put_override<'a>(
        &'a self,
        route: &'a RouteId,
        wanted: &'a OverridePut,
        if_match: &'a str,
        idempotency_key: &'a str,
    ) -> AdminFuture<'a, RouteState>;

    /// Returns `route` to auto, if it is still what `if_match` (its `etag`) names.
    fn delete_override<'a>(
        &'a self,
        route: &'a RouteId,
        delete: &'a OverrideDelete,
        if_match: &'a str,
        idempotency_key: &'a str,
    ) -> AdminFuture<'a, RouteState>;

    /// The gateway's own record of changes after number `after`, oldest first; 0 for all.
    fn changes(&self, after: u64) -> AdminFuture<'_, ChangesPage>;

    /// Every bucket of traffic that has grown since the cursor `after`; `None` for all.
    fn traffic<'a>(&'a self, after: Option<&'a str>) -> AdminFuture<'a, TrafficPage>;

    /// Webhooks of status pages that came to the gateway since the cursor `after`; `None` for all it
    /// still has.
    fn hints<'a>(&'a self, after: Option<&'a str>) -> AdminFuture<'a, HintsPage>;

    /// The path that one request took.
    fn request<'a>(&'a self, id: &'a RequestId) -> AdminFuture<'a, RequestPath>;

    /// Takes the lease `name`, keeps it or gives it back. While another holds it the answer is
    /// [`AdminError::Stale`], which names the holder. Kinds of gateways without leases refuse.
    fn lease<'a>(&'a self, _name: &'a str, _put: &'a LeasePut) -> AdminFuture<'a, Lease> {
        Box::pin(async { Err(self.without_leases()) })
    }

    /// What holders of the lease `name` noted after number `after`.
    fn lease_notes<'a>(&'a self, _name: &'a str, _after: u64) -> AdminFuture<'a, LeaseNotes> {
        Box::pin(async { Err(self.without_leases()) })
    }

    /// The refusal of a gateway that keeps no leases.
    fn without_leases(&self) -> AdminError {
        let asked = Asked { gateway: self.id().clone(), operation: "taking a lease" };
        let why = "gateways of this kind keep none".to_owned();
        AdminError::NotUnderstood { asked, why }
    }
}
