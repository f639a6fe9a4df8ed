//! nginx as a reverse proxy: one worker, connections to the upstream kept, no log of requests.
//!
//! Two doors: one that buffers answers, as nginx does by itself and as is best for whole ones, and
//! one that does not, as everybody sets it for streams.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use super::{Running, write};
use crate::error::BenchError;

/// nginx, running.
#[derive(Debug)]
pub(crate) struct Nginx {
    pub(crate) running: Running,
    stop: std::process::Command,
    /// Where whole answers are asked for.
    pub(crate) whole: String,
    /// Where streams are asked for.
    pub(crate) streams: String,
}

/// Starts nginx in `work`, in front of `upstream`.
///
/// # Errors
/// When it does not serve; it says why on standard error.
pub(crate) async fn start(
    program: &Path,
    work: &Path,
    upstream: &str,
) -> Result<Nginx, BenchError> {
    let (whole, streams) = (free_address()?, free_address()?);
    let upstream = upstream.trim_start_matches("http://");
    let file = work.join("nginx.conf");
    write(&file, &configuration(upstream, &whole, &streams))?;
    let mut command = Command::new(program);
    command.arg("-p").arg(work).arg("-c").arg(&file).args(["-e", "stderr"]).stdout(Stdio::null());
    let mut stop = std::process::Command::new(program);
    stop.arg("-p").arg(work).arg("-c").arg(&file).args(["-e", "stderr", "-s", "stop"]);
    let running = Running::start("nginx", &mut command)?;
    let (whole_url, streams_url) = (format!("http://{whole}"), format!("http://{streams}"));
    let mut nginx = Nginx { running, stop, whole: whole_url, streams: streams_url };
    nginx.running.listening(&whole).await?;
    nginx.running.listening(&streams).await?;
    Ok(nginx)
}

impl Drop for Nginx {
    /// Asks it to end and waits: killed, it would leave its worker behind.
    fn drop(&mut self) {
        self.stop.status().ok();
        self.running.wait();
    }
}

/// An address that was free a moment ago: nginx cannot choose one itself.
fn free_address() -> Result<String, BenchError> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(BenchError::Port)?;
    listener.local_addr().map(|address| address.to_string()).map_err(BenchError::Port)
}

fn configuration(upstream: &str, whole: &str, streams: &str) -> String {
    format!(
        r#"daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_requests 100000000;
    client_body_temp_path nginx-body;
    proxy_temp_path nginx-proxy;
    fastcgi_temp_path nginx-fastcgi;
    uwsgi_temp_path nginx-uwsgi;
    scgi_temp_path nginx-scgi;
    upstream vendor {{
        server {upstream};
        keepalive 1024;
        keepalive_requests 100000000;
    }}
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    server {{
        listen {whole} backlog=4096;
        location / {{ proxy_pass http://vendor; }}
    }}
    server {{
        listen {streams} backlog=4096;
        location / {{ proxy_pass http://vendor; proxy_buffering off; }}
    }}
}}
"#
    )
}
