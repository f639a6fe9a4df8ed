//! The data side: what applications ask, in the dialect of either vendor's SDK.
//!
//! `POST /v1/chat/completions` and `/v1/embeddings` as `OpenAI` has them, `POST /v1/messages` as
//! Anthropic has it, `GET /v1/models` for both. The route is the `model` field or, winning over it,
//! the header `x-changeover-route`. Every answer says which way it went. Failing over happens
//! before the first byte of an answer only: two providers' texts never meet in one.
//!
//! Beside applications, status pages come to this side with their webhooks ([`hooks`]).

mod answer;
mod asked;
mod attempt;
mod embeddings;
mod fit;
mod headers;
mod held;
mod hooks;
mod keeping;
mod leave;
mod limits;
mod models;
mod notice;
mod own_text;
mod passage;
mod refuse;
mod relay;
mod serve;
mod targets;

use std::sync::Arc;

use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::http::{HeaderMap, Method, Request};
use axum::response::Response;
use axum::routing::{get, post};
use changeover_llm::front::Door;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::body::{self, BodyError};
use crate::shared::Shared;
use asked::Asked;
use passage::Passage;
use refuse::TurnedAway;

/// Answers what comes to the data listener.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    shared: Arc<Shared>,
    router: TowerToHyperService<Router>,
}

impl Doors {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let router = Router::new()
            .route("/v1/embeddings", post(embeddings::embeddings))
            .route("/v1/models", get(models::list))
            .route("/v1/models/{model}", get(models::one))
            .route(CHAT_COMPLETIONS, post(refuse::wrong_method))
            .route(MESSAGES, post(refuse::wrong_method))
            .fallback(hooks::or_unknown_path)
            .method_not_allowed_fallback(refuse::wrong_method)
            .with_state(Arc::clone(&shared));
        Self { shared, router: TowerToHyperService::new(router) }
    }

    /// Answers a request. Completions are nearly all that comes, so they do not pass the router,
    /// which takes apart and boxes what is whole here.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Response {
        let door = match request.uri().path() {
            CHAT_COMPLETIONS if request.method() == Method::POST => Door::OpenAi,
            MESSAGES if request.method() == Method::POST => Door::Anthropic,
            _ => {
                let Ok(answer) = self.router.call(request).await;
                return answer;
            }
        };
        let (head, body) = request.into_parts();
        completion(door, self.shared, &head.headers, body).await
    }
}

const CHAT_COMPLETIONS: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";

async fn completion(
    door: Door,
    shared: Arc<Shared>,
    headers: &HeaderMap,
    body: Incoming,
) -> Response {
    let visitor = match asked::let_in(door, &shared, headers) {
        Ok(visitor) => visitor,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    let body = match whole_body(body, &shared).await {
        Ok(body) => body,
        Err(unread) => return TurnedAway::unread_body(door, unread).answer(&shared),
    };
    let (passage, asked) = match Asked::read(&shared, visitor, headers, body) {
        Ok(read) => read,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    serve_and_answer(passage, asked).await
}

/// Reads a request's body, within the limits of a connection.
async fn whole_body<B>(body: B, shared: &Shared) -> Result<Bytes, BodyError>
where
    B: HttpBody<Data = Bytes> + Unpin,
{
    let limits = shared.live.get().settings.connections;
    body::read(body, limits.body_bytes, &limits, &shared.clock).await
}

async fn serve_and_answer(mut passage: Box<Passage>, asked: Asked) -> Response {
    // Boxed: the attempts' state is large, and most of the time nobody waits for it.
    let served = Box::pin(serve::serve(&mut passage, &asked)).await;
    answer::respond(served, passage, asked)
}
