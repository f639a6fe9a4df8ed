//! The adapter to `/admin/v1`.

use std::sync::Arc;

use changeover_clock::Clock;
use changeover_domain::admin::{
    ChangesPage, GatewayPlan, GatewayState, HintsPage, Lease, LeaseNotes, LeasePut, OverrideDelete,
    OverridePut, OverridesPut, RequestPath, RouteState, TrafficPage,
};
use changeover_domain::{GatewayId, Mode, RequestId, RouteId};
use changeover_http::{HttpError, error_chain, read_capped};
use futures::FutureExt as _;
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder, Url};
use serde::de::DeserializeOwned;

use super::config::{HINTS_LIMIT, STATE_LIMIT, TIME_FLOOR, TIME_LIMIT, TRAFFIC_LIMIT};
use super::handshake;
use super::wire::{Head, Reading};
use crate::admin::{AdminCapabilities, AdminFuture, CompareAndSet, GatewayAdmin, ReadBackLevel};
use crate::pace::not_below;
use crate::{AdminError, Asked, GatewayAccess};

/// A gateway that speaks `/admin/v1`. `http` should follow no redirects: a token goes with it.
#[must_use]
pub fn native(access: GatewayAccess, http: reqwest::Client, clock: Clock) -> Arc<dyn GatewayAdmin> {
    Arc::new(Native { access, http, clock })
}

struct Native {
    access: GatewayAccess,
    http: reqwest::Client,
    clock: Clock,
}

impl Native {
    fn asked(&self, operation: &'static str) -> Asked {
        Asked { gateway: self.access.id.clone(), operation }
    }

    fn reading<'a>(&'a self, asked: &'a Asked) -> Reading<'a> {
        Reading { asked, token: &self.access.token }
    }

    /// The address of `path` below `/admin/v1`, each segment percent-encoded.
    fn url(&self, asked: &Asked, path: &[&str]) -> Result<Url, AdminError> {
        let wrong = || {
            let why = "its `admin_url` is not an http or https address";
            self.reading(asked).not_understood(why)
        };
        let mut url = Url::parse(&self.access.admin_url).map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong());
        }
        url.path_segments_mut()
            .map_err(|()| wrong())?
            .pop_if_empty()
            .extend(["admin", "v1"])
            .extend(path);
        Ok(url)
    }

    fn request_to(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.http.request(method, url);
        request.bearer_auth(self.access.token.expose())
    }

    async fn get<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: &[&str],
        query: Option<(&str, &str)>,
        size_limit: usize,
    ) -> Result<T, AdminError> {
        let asked = self.asked(operation);
        let mut url = self.url(&asked, path)?;
        if let Some((name, value)) = query {
            url.query_pairs_mut().append_pair(name, value);
        }
        let request = self.request_to(Method::GET, url);
        self.answer(&asked, request, size_limit).await
    }

    async fn change(
        &self,
        asked: &Asked,
        route: &RouteId,
        request: RequestBuilder,
    ) -> Result<RouteState, AdminError> {
        let state: RouteState = self.answer(asked, request, STATE_LIMIT).await?;
        if state.route == *route {
            Ok(state)
        } else {
            let why = format!("it answered about route `{}`, not `{route}`", state.route);
            Err(self.reading(asked).not_understood(&why))
        }
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        asked: &Asked,
        request: RequestBuilder,
        size_limit: usize,
    ) -> Result<T, AdminError> {
        let limit = not_below(&self.clock, TIME_LIMIT, TIME_FLOOR);
        let answer = self.clock.timeout(limit, exchange(self.reading(asked), request, size_limit));
        answer
            .await
            .unwrap_or_else(|_| Err(AdminError::Timeout { asked: asked.clone(), after: limit }))
    }

    /// Refuses to take another gateway's words for this one's.
    fn is_itself(&self, asked: &Asked, answered: &GatewayId) -> Result<(), AdminError> {
        let id = &self.access.id;
        if answered == id {
            return Ok(());
        }
        let why = format!(
            "gateway `{answered}` answers there, not `{id}`: correct its `admin_url` or its id"
        );
        Err(self.reading(asked).not_understood(&why))
    }
}

/// One request, one answer, as long as it takes.
async fn exchange<T: DeserializeOwned>(
    reading: Reading<'_>,
    request: RequestBuilder,
    size_limit: usize,
) -> Result<T, AdminError> {
    let response = request.send().await.map_err(|error| {
        let unsendable = error.is_builder();
        let why = error_chain(&error.without_url());
        if unsendable {
            reading.not_understood(&format!("the request could not be made: {why}"))
        } else if let Some(meaning) = handshake::explained(&why) {
            reading.unreachable(meaning)
        } else {
            reading.unreachable(&why)
        }
    })?;
    let head = Head::of(&response);
    let body = read_capped(response, size_limit).await.map_err(|error| match error {
        HttpError::TooLarge { limit } => {
            AdminError::TooLarge { asked: reading.asked.clone(), limit }
        }
        HttpError::Body(_) | HttpError::Build(_) => reading.unreachable("the answer broke off"),
    })?;
    reading.parse(&head, &body)
}

impl GatewayAdmin for Native {
    fn id(&self) -> &GatewayId {
        &self.access.id
    }

    fn capabilities(&self) -> AdminCapabilities {
        AdminCapabilities {
            compare_and_set: CompareAndSet::Native,
            read_back: ReadBackLevel::Served,
            modes: &Mode::ALL,
            changes: true,
            request_paths: true,
            hints: true,
        }
    }

    fn state(&self) -> AdminFuture<'_, GatewayState> {
        async move {
            const OPERATION: &str = "reading the state";
            let state: GatewayState = self.get(OPERATION, &["state"], None, STATE_LIMIT).await?;
            self.is_itself(&self.asked(OPERATION), &state.gateway)?;
            Ok(state)
        }
        .boxed()
    }

    fn plan<'a>(&'a self, wanted: &'a OverridesPut) -> AdminFuture<'a, GatewayPlan> {
        async move {
            let asked = self.asked("planning a change");
            let url = self.url(&asked, &["overrides:plan"])?;
            let request = self.request_to(Method::POST, url).json(wanted);
            let plan: GatewayPlan = self.answer(&asked, request, STATE_LIMIT).await?;
            self.is_itself(&asked, &plan.gateway)?;
            Ok(plan)
        }
        .boxed()
    }

    fn put_override<'a>(
        &'a self,
        route: &'a RouteId,
        wanted: &'a OverridePut,
        if_match: &'a str,
        idempotency_key: &'a str,
    ) -> AdminFuture<'a, RouteState> {
        async move {
            let asked = self.asked("setting an override");
            let url = self.url(&asked, &["routes", route.as_str(), "override"])?;
            let request = self.request_to(Method::PUT, url).json(wanted);
            let request = guarded(request, if_match, idempotency_key);
            self.change(&asked, route, request).await
        }
        .boxed()
    }

    fn delete_override<'a>(
        &'a self,
        route: &'a RouteId,
        delete: &'a OverrideDelete,
        if_match: &'a str,
        idempotency_key: &'a str,
    ) -> AdminFuture<'a, RouteState> {
        async move {
            let asked = self.asked("clearing an override");
            let mut url = self.url(&asked, &["routes", route.as_str(), "override"])?;
            url.query_pairs_mut()
                .append_pair("holder", &delete.holder)
                .append_pair("reason", &delete.reason)
                .extend_pairs(
                    delete.generation.map(|generation| ("generation", generation.to_string())),
                );
            let request = self.request_to(Method::DELETE, url);
            let request = guarded(request, if_match, idempotency_key);
            self.change(&asked, route, request).await
        }
        .boxed()
    }

    fn changes(&self, after: u64) -> AdminFuture<'_, ChangesPage> {
        async move {
            let after = after.to_string();
            let query = Some(("after", after.as_str()));
            self.get("reading the changes", &["changes"], query, STATE_LIMIT).await
        }
        .boxed()
    }

    fn traffic<'a>(&'a self, after: Option<&'a str>) -> AdminFuture<'a, TrafficPage> {
        async move {
            let query = after.map(|cursor| ("after", cursor));
            self.get("reading the traffic", &["traffic"], query, TRAFFIC_LIMIT).await
        }
        .boxed()
    }

    fn hints<'a>(&'a self, after: Option<&'a str>) -> AdminFuture<'a, HintsPage> {
        async move {
            let query = after.map(|cursor| ("after", cursor));
            self.get("reading the hints", &["hints"], query, HINTS_LIMIT).await
        }
        .boxed()
    }

    fn request<'a>(&'a self, id: &'a RequestId) -> AdminFuture<'a, RequestPath> {
        async move {
            let path = ["requests", id.as_str()];
            self.get("reading a request's path", &path, None, STATE_LIMIT).await
        }
        .boxed()
    }

    fn lease<'a>(&'a self, name: &'a str, put: &'a LeasePut) -> AdminFuture<'a, Lease> {
        async move {
            let asked = self.asked("taking a lease");
            let url = self.url(&asked, &["leases", name])?;
            let request = self.request_to(Method::PUT, url).json(put);
            self.answer(&asked, request, STATE_LIMIT).await
        }
        .boxed()
    }

    fn lease_notes<'a>(&'a self, name: &'a str, after: u64) -> AdminFuture<'a, LeaseNotes> {
        async move {
            let after = after.to_string();
            let query = Some(("after", after.as_str()));
            self.get("reading a lease's notes", &["leases", name, "notes"], query, STATE_LIMIT)
                .await
        }
        .boxed()
    }
}

fn guarded(request: RequestBuilder, if_match: &str, idempotency_key: &str) -> RequestBuilder {
    request.header(IF_MATCH, if_match).header("idempotency-key", idempotency_key)
}
