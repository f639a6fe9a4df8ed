//! `serve`: one engine, one loopback server, until the terminal or the system says stop.

use changeover_api::Engine;
use changeover_http::Secret;
use tokio_util::sync::CancellationToken;

use crate::command_line::Serve;
use crate::server;

/// Starts everything, prints one JSON line when ready, and returns when it was told to stop.
pub(crate) async fn serve(serve: Serve) -> Result<(), String> {
    if !serve.listen.ip().is_loopback() {
        return Err(format!(
            "{} can be reached from other machines: listen on a loopback address such as 127.0.0.1:0",
            serve.listen
        ));
    }
    let listener = tokio::net::TcpListener::bind(serve.listen).await.map_err(|error| {
        format!("cannot listen on {}: {error}; choose another port", serve.listen)
    })?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let engine = Engine::start(serve.at.options())
        .await
        .map_err(|error| changeover_http::error_chain(&error))?;
    let token = Secret::new(&uuid::Uuid::new_v4().simple().to_string());
    let stop = CancellationToken::new();
    let router = server::router(engine.clone(), token.clone(), stop.clone());
    say_ready(&format!("http://{address}"), &token);
    let told = stop.clone();
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            told_to_stop().await;
            told.cancel();
        })
        .await;
    engine.shutdown().await;
    served.map_err(|error| format!("the server ended: {error}"))
}

/// The line that scripts wait for.
fn say_ready(url: &str, token: &Secret) {
    let ready = serde_json::json!({ "url": url, "token": token.expose() });
    #[expect(clippy::print_stdout, reason = "this line is what scripts and tests read")]
    {
        println!("{ready}");
    }
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler the system ends the process by itself.
    interrupt.await.ok();
}
