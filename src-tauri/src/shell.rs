//! From the command line to the closed window.

use std::process::ExitCode;

use changeover_api::StartError;
use tauri::{App, AppHandle, Manager as _, RunEvent};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::command_line::CommandLine;
use crate::notification::Desktop;
use crate::tray::Tray;
use crate::{host, menu, signal, window};

/// Why the program did not start or did not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShellError {
    #[error("the system gives no threads: {0}")]
    Runtime(#[source] std::io::Error),
    #[error(
        "there is no display to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set). \
         `changeover-headless serve` is the same program in a browser"
    )]
    NoDisplay,
    #[error(transparent)]
    Engine(#[from] StartError),
    #[error("the window cannot be opened: {0}")]
    Window(#[source] tauri::Error),
}

/// Runs until the window is closed.
///
/// # Errors
/// When it cannot start; nothing is left running then.
pub(crate) fn run(command_line: &CommandLine) -> Result<ExitCode, ShellError> {
    if !has_display() {
        return Err(ShellError::NoDisplay);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ShellError::Runtime)?;
    tauri::async_runtime::set(runtime.handle().clone());
    let app = build(command_line).map_err(ShellError::Window)?;
    let engine = runtime.block_on(host::start(command_line))?;
    app.manage(engine.clone());
    let tasks = TaskTracker::new();
    let ending = CancellationToken::new();
    let handle = app.handle().clone();
    tasks.spawn_on(signal::quit_when_asked(handle.clone(), ending.clone()), runtime.handle());
    let desktop = Desktop::new(handle.clone(), ending.clone(), tasks.clone());
    let mut attended = Some(host::attend(handle, engine.clone(), desktop, ending.clone()));
    let (tracker, threads) = (tasks.clone(), runtime.handle().clone());
    let code = app.run_return(move |app, event| {
        let RunEvent::Ready = event else { return };
        if let Err(error) = furnish(app) {
            tracing::error!(%error, "the window cannot be opened");
            app.exit(1);
        } else if let Some(attend) = attended.take() {
            tracker.spawn_on(attend, &threads);
        }
    });
    ending.cancel();
    tasks.close();
    runtime.block_on(async {
        tasks.wait().await;
        engine.shutdown().await;
    });
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Where there is none, the window's library does not say so: it gives up.
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// The program without its window. A second start with the same data ends here: it has brought the
/// first one's window to the front. With a folder of its own it is a program of its own.
fn build(command_line: &CommandLine) -> tauri::Result<App> {
    let mut builder = tauri::Builder::default();
    if command_line.has_usual_data_dir() {
        let only_one = tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            window::bring_to_front(app);
        });
        builder = builder.plugin(only_one);
    }
    builder
        .menu(menu::build)
        .invoke_handler(tauri::generate_handler![host::invoke_api])
        .build(context())
}

/// The configuration and the built UI, put in at compile time.
#[expect(
    clippy::disallowed_methods,
    clippy::exit,
    reason = "they stand in what the macro of Tauri's writes, for what cannot happen"
)]
fn context() -> tauri::Context {
    tauri::generate_context!()
}

/// Tray and window, once the system is ready for them. Without a tray the window still works.
fn furnish(app: &AppHandle) -> tauri::Result<()> {
    match Tray::build(app) {
        Ok(tray) => {
            app.manage(tray);
        }
        Err(error) => tracing::warn!(%error, "there is no icon in the tray"),
    }
    window::open(app).map(drop)
}
