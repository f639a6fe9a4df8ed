//! The gateway's lever, pulled through its admin API as a console would.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::gateway::{ROUTE, TOKEN};
use crate::error::BenchError;

/// Speaks to one gateway's admin API.
#[derive(Debug)]
pub(crate) struct Lever {
    client: Client<HttpConnector, Full<Bytes>>,
    admin_url: String,
}

impl Lever {
    pub(crate) fn new(admin_url: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, admin_url: admin_url.to_owned() }
    }

    /// Sends the loaded route's traffic to `target`.
    ///
    /// # Errors
    /// When the gateway does not accept it.
    pub(crate) async fn switch(&self, target: &str) -> Result<(), BenchError> {
        let state = self.ask(Method::GET, "/admin/v1/state", None, &Value::Null).await?;
        let now = state.get("now").and_then(Value::as_i64).unwrap_or_default();
        let routes = state.get("routes").and_then(Value::as_array);
        let etag = routes.and_then(|routes| {
            let named = |route: &&Value| route.get("route").and_then(Value::as_str) == Some(ROUTE);
            routes.iter().find(named)?.get("etag")?.as_str()
        });
        let wanted = json!({
            "target": target,
            "holder": "bench",
            "reason": "switching under load",
            "until": now + 600_000,
        });
        let path = format!("/admin/v1/routes/{ROUTE}/override");
        self.ask(Method::PUT, &path, etag, &wanted).await.map(|_| ())
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        etag: Option<&str>,
        body: &Value,
    ) -> Result<Value, BenchError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.admin_url))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/json");
        if let Some(etag) = etag {
            request = request.header("if-match", etag);
        }
        let failed = |why: String| BenchError::Admin(why);
        let request = request
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| failed(format!("could not be asked: {error}")))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| failed(format!("did not answer: {error}")))?;
        let status = answer.status();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| failed(format!("broke off: {error}")))?.to_bytes();
        if status != StatusCode::OK {
            let said = String::from_utf8_lossy(&body);
            return Err(failed(format!("answered {status}: {said}")));
        }
        serde_json::from_slice(&body).map_err(|error| failed(format!("sent no JSON: {error}")))
    }
}
