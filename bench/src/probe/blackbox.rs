//! prometheus-blackbox-exporter, asked for one probe after another.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;
use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{MEASURED_CORE, on_core};
use crate::error::BenchError;
use crate::process::{Usage, Used};

const PROGRAM: &str = "prometheus-blackbox-exporter";
/// As many scrapes at a time as a Prometheus with as many targets has.
const AT_ONCE: u32 = 32;
/// Each probe has a connection of its own, as ours have.
const CONFIGURATION: &str = "modules:\n  http:\n    prober: http\n    timeout: 5s\n    http:\n      \
                             method: GET\n      preferred_ip_protocol: ip4\n";

/// What the exporter's probes cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) probes: u32,
    pub(crate) cpu_us: f64,
    pub(crate) others_percent: u32,
}

type Http = Client<HttpConnector, Empty<Bytes>>;

/// Starts the exporter, has it probe, and ends it.
pub(crate) async fn measure(
    program: &Path,
    work: &Path,
    port: u16,
    quick: bool,
) -> Result<Cost, BenchError> {
    let file = work.join("blackbox.yml");
    let unwritten = |source| BenchError::File { file: file.clone(), source };
    fs::create_dir_all(work).map_err(unwritten)?;
    fs::write(&file, CONFIGURATION).map_err(unwritten)?;
    let own = free_port()?;
    // As many threads at work as it has cores, as whoever gives it one core would run it.
    let mut exporter = on_core(MEASURED_CORE, program)
        .env("GOMAXPROCS", "1")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--web.listen-address=127.0.0.1:{own}"))
        .arg("--log.level=error")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|source| BenchError::NotStarted { program: PROGRAM, source })?;
    let pid = exporter.id().ok_or(BenchError::NotServing { program: PROGRAM })?;
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    wait_for(&http, own).await?;
    let rounds = if quick { 10 } else { 150 };
    // The first ones compile, allocate and connect.
    probe(&http, own, port, 3).await?;
    let usage = Usage::begin(pid, MEASURED_CORE)?;
    let probes = probe(&http, own, port, rounds).await?;
    let Used { cpu, others_percent } = usage.end()?;
    exporter.kill().await.ok();
    let cpu_us = cpu.as_secs_f64() * 1e6 / f64::from(probes.max(1));
    Ok(Cost { probes, cpu_us, others_percent })
}

async fn probe(http: &Http, own: u16, port: u16, rounds: u32) -> Result<u32, BenchError> {
    let mut probes = 0;
    for round in 0..rounds {
        let scrapes = (0..AT_ONCE).map(|number| {
            let address = (round * AT_ONCE + number) % 50 + 1;
            let target = format!("http%3A%2F%2F127.0.0.{address}%3A{port}%2F");
            ask(http, format!("http://127.0.0.1:{own}/probe?module=http&target={target}"))
        });
        let answers = join_all(scrapes).await;
        let failed = answers.iter().filter(|answer| !answer.contains("probe_success 1")).count();
        if failed > 0 {
            let failed = u64::try_from(failed).unwrap_or(u64::MAX);
            return Err(BenchError::Failed { path: "the exporter", failed, asked: AT_ONCE.into() });
        }
        probes += AT_ONCE;
    }
    Ok(probes)
}

async fn ask(http: &Http, address: String) -> String {
    let Ok(request) = Request::get(address).body(Empty::new()) else { return String::new() };
    let Ok(answer) = http.request(request).await else { return String::new() };
    let body = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    String::from_utf8_lossy(&body).into_owned()
}

async fn wait_for(http: &Http, port: u16) -> Result<(), BenchError> {
    for _ in 0..100 {
        if !ask(http, format!("http://127.0.0.1:{port}/-/healthy")).await.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(BenchError::NotServing { program: PROGRAM })
}

fn free_port() -> Result<u16, BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(BenchError::Port)?;
    Ok(listener.local_addr().map_err(BenchError::Port)?.port())
}
