//! The run: rounds in which the ways take turns, then the crowd, then the lever under load.

use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use crate::Programs;
use crate::error::BenchError;
use crate::figures::{Run, Switching, Way};
use crate::load::streams;
use crate::load::whole::{self, Wrk};
use crate::peer::gateway::{self, Gateway, TARGETS};
use crate::peer::lever::Lever;
use crate::peer::nginx::{self, Nginx};
use crate::peer::{self, Running};
use crate::process;
use crate::upstream::{FAST, SLOW};

/// How long a run takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Length {
    rounds: u32,
    /// Of whole answers on many connections, per way and round.
    busy: Duration,
    /// Of whole answers on one connection.
    calm: Duration,
    streams: Duration,
    switching: Duration,
    /// Streams at once when memory is read.
    crowd: u16,
}

impl Length {
    pub(crate) const USUAL: Self = Self {
        rounds: 5,
        busy: Duration::from_secs(2),
        calm: Duration::from_secs(1),
        streams: Duration::from_millis(1_500),
        switching: Duration::from_secs(5),
        crowd: 1_000,
    };
    pub(crate) const QUICK: Self = Self {
        rounds: 2,
        busy: Duration::from_secs(1),
        streams: Duration::from_millis(500),
        switching: Duration::from_secs(2),
        ..Self::USUAL
    };
}

const CONNECTIONS: u32 = 32;
/// Streams at once while the time to the first token is measured: busy, not crowded.
const STREAMS: u16 = 16;
/// So that they do not march in step: a stream takes about 320 ms.
const APART: Duration = Duration::from_millis(20);
/// Between two pulls of the lever.
const BETWEEN_SWITCHES: Duration = Duration::from_millis(100);

/// Everything that runs during a run.
struct Stage {
    wrk: Wrk,
    upstream: Running,
    upstream_url: String,
    nginx: Nginx,
    gateway: Gateway,
    talking: watch::Sender<u32>,
}

/// Measures everything once.
///
/// # Errors
/// When something does not run or does not answer: figures of failures would be worth nothing.
pub(crate) async fn measure(programs: &Programs, length: Length) -> Result<Run, BenchError> {
    let stage = Stage::set_up(programs).await?;
    let mut run = Run { rounds: length.rounds, crowd: length.crowd, ..Run::default() };
    for way in Way::ALL {
        stage.whole(way, CONNECTIONS, Duration::from_secs(1)).await?;
    }
    for round in 1..=length.rounds {
        eprintln!("round {round} of {}", length.rounds);
        for way in Way::ALL {
            stage.round(way, length, &mut run).await?;
        }
    }
    eprintln!("{} streams at once", length.crowd);
    for way in [Way::Nginx, Way::Gateway] {
        run.way_mut(way).resident_bytes = Some(stage.crowd(way, length.crowd).await?);
    }
    eprintln!("switching targets under load");
    run.switching = stage.switching(length.switching).await?;
    Ok(run)
}

impl Stage {
    async fn set_up(programs: &Programs) -> Result<Self, BenchError> {
        let work = emptied(&programs.work)?;
        let (upstream, upstream_url) = peer::upstream().await?;
        Ok(Self {
            wrk: Wrk::new(&programs.wrk, &work, FAST)?,
            nginx: nginx::start(&programs.nginx, &work, &upstream_url).await?,
            gateway: gateway::start(&programs.gateway, &work, &upstream_url).await?,
            upstream,
            upstream_url,
            talking: watch::Sender::new(0),
        })
    }

    /// The process whose use is counted for a way.
    fn pid(&self, way: Way) -> u32 {
        match way {
            Way::Direct => self.upstream.pid(),
            Way::Nginx => self.nginx.running.pid(),
            Way::Gateway => self.gateway.running.pid(),
        }
    }

    fn whole_url(&self, way: Way) -> &str {
        match way {
            Way::Direct => &self.upstream_url,
            Way::Nginx => &self.nginx.whole,
            Way::Gateway => &self.gateway.url,
        }
    }

    fn streams_url(&self, way: Way) -> &str {
        match way {
            Way::Direct => &self.upstream_url,
            Way::Nginx => &self.nginx.streams,
            Way::Gateway => &self.gateway.url,
        }
    }

    async fn round(&self, way: Way, length: Length, run: &mut Run) -> Result<(), BenchError> {
        let (busy, cpu) = self.whole(way, CONNECTIONS, length.busy).await?;
        let (calm, _) = self.whole(way, 1, length.calm).await?;
        let (streams, stream_cpu) = self.streams(way, length.streams).await?;
        let measured = run.way_mut(way);
        measured.cpu_us_per_request.push(per_piece_us(cpu, busy.requests));
        measured.requests_per_second.push(busy.per_second());
        measured.p50_us.push(calm.p50_us);
        measured.p99_us.push(calm.p99_us);
        measured.first_token_us.extend(&streams.first_token_us);
        measured.cpu_us_per_stream.push(per_piece_us(stream_cpu, streams.whole));
        Ok(())
    }

    /// Whole answers, and what the way's processes used for them.
    async fn whole(
        &self,
        way: Way,
        connections: u32,
        time: Duration,
    ) -> Result<(whole::Seen, Duration), BenchError> {
        let before = process::cpu_time(self.pid(way))?;
        let load = whole::Load { connections, time, count: false };
        let seen = self.wrk.run(self.whole_url(way), load).await?;
        let used = process::cpu_time(self.pid(way))?.saturating_sub(before);
        none_failed(way, seen.failed(), seen.requests)?;
        Ok((seen, used))
    }

    /// Streams, and what the way's processes used for them.
    async fn streams(
        &self,
        way: Way,
        time: Duration,
    ) -> Result<(streams::Seen, Duration), BenchError> {
        let before = process::cpu_time(self.pid(way))?;
        let load = streams::Load { model: FAST, at_once: STREAMS, time, apart: APART };
        let seen = streams::run(self.streams_url(way), &load, &self.talking).await;
        let used = process::cpu_time(self.pid(way))?.saturating_sub(before);
        none_failed(way, seen.failed, seen.whole + seen.failed)?;
        Ok((seen, used))
    }

    /// The most memory that a way's processes have while a whole crowd of streams speaks.
    async fn crowd(&self, way: Way, crowd: u16) -> Result<u64, BenchError> {
        let load = streams::Load {
            model: SLOW,
            at_once: crowd,
            time: Duration::ZERO,
            apart: Duration::from_millis(2),
        };
        let speaking = async {
            let mut talking = self.talking.subscribe();
            if talking.wait_for(|talking| *talking == u32::from(crowd)).await.is_err() {
                return Ok(0);
            }
            let mut most = 0;
            while *talking.borrow() == u32::from(crowd) {
                most = most.max(process::resident_bytes(self.pid(way))?);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(most)
        };
        let streams = streams::run(self.streams_url(way), &load, &self.talking);
        // Streams that fail leave the crowd incomplete for ever: whoever is ready first ends it.
        let mut streams = std::pin::pin!(streams);
        let mut speaking = std::pin::pin!(speaking);
        tokio::select! {
            most = &mut speaking => {
                let most = most?;
                let seen = streams.await;
                none_failed(way, seen.failed, u64::from(crowd))?;
                Ok(most)
            }
            seen = &mut streams => {
                Err(BenchError::Failed {
                    path: way.name(),
                    failed: u64::from(crowd) - seen.whole.min(u64::from(crowd)),
                    asked: u64::from(crowd),
                })
            }
        }
    }

    /// Pulls the gateway's lever to and fro while both kinds of load run.
    async fn switching(&self, time: Duration) -> Result<Switching, BenchError> {
        let lever = Lever::new(&self.gateway.admin_url);
        let load = whole::Load { connections: CONNECTIONS, time, count: true };
        let streams = streams::Load { model: FAST, at_once: STREAMS, time, apart: APART };
        let url = &self.gateway.url;
        let loads = async {
            tokio::join!(self.wrk.run(url, load), streams::run(url, &streams, &self.talking))
        };
        let mut loads = std::pin::pin!(loads);
        let mut switches = 0_u32;
        let (whole, streams) = loop {
            tokio::select! {
                seen = &mut loads => break seen,
                () = tokio::time::sleep(BETWEEN_SWITCHES) => {
                    let target = if switches.is_multiple_of(2) { TARGETS[1] } else { TARGETS[0] };
                    lever.switch(target).await?;
                    switches += 1;
                }
            }
        };
        let whole = whole?;
        Ok(Switching {
            switches,
            requests: whole.requests,
            streams: streams.whole + streams.failed,
            lost: whole.failed() + streams.failed,
            by_target: [whole.first, whole.second],
        })
    }
}

fn none_failed(way: Way, failed: u64, asked: u64) -> Result<(), BenchError> {
    if failed == 0 && asked > 0 {
        return Ok(());
    }
    Err(BenchError::Failed { path: way.name(), failed, asked })
}

#[expect(clippy::cast_precision_loss, reason = "counts of seconds' worth of requests")]
fn per_piece_us(used: Duration, pieces: u64) -> f64 {
    used.as_secs_f64() * 1e6 / pieces as f64
}

fn emptied(work: &Path) -> Result<std::path::PathBuf, BenchError> {
    let failed = |source| BenchError::File { file: work.to_owned(), source };
    if work.exists() {
        std::fs::remove_dir_all(work).map_err(failed)?;
    }
    std::fs::create_dir_all(work).map_err(failed)?;
    work.canonicalize().map_err(failed)
}
