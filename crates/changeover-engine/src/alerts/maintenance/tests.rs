//! Our own windows with a real store: made, changed, and kept over a restart.

use std::path::Path;

use changeover_domain::{MaintenanceWindow, Subject, UnixMs};

use crate::contract::{AuditList, MaintenanceList, MaintenancePut};
use crate::{Engine, EngineError, EngineOptions, World};

const HOUR_MS: i64 = 3_600_000;

/// A console that watches nothing that is there.
async fn start(folder: &Path) -> Engine {
    let file = folder.join("changeover.toml");
    let text = r#"
providers = [{ id = "p", kind = "openai_compatible", base_url = "http://127.0.0.1:9" }]
targets = [{ id = "t", provider = "p", model = "m" }]
routes = [{ id = "chat", criticality = "can_delay", targets = ["t"] }]
gateways = []
"#;
    std::fs::write(&file, text).unwrap();
    let options =
        EngineOptions { world: World::Configured(file), data_dir: Some(folder.to_owned()) };
    Engine::start(options).await.unwrap()
}

async fn stop(engine: Engine) {
    engine.shutdown().await;
    engine.close().await.unwrap();
}

/// A window of everything, by hours from now.
fn asked(now: UnixMs, from: i64, until: i64) -> MaintenancePut {
    MaintenancePut {
        id: None,
        expected: None,
        subject: Subject::Everything,
        from: now.plus_millis(from * HOUR_MS),
        until: now.plus_millis(until * HOUR_MS),
        reason: "move".into(),
        by: "mk".into(),
    }
}

/// The same window with another end, as somebody changes it who saw it as it is.
fn longer(window: &MaintenanceWindow, until: UnixMs) -> MaintenancePut {
    MaintenancePut {
        id: Some(window.id.clone()),
        expected: Some(window.clone()),
        subject: window.subject.clone(),
        from: window.from,
        until,
        reason: window.reason.clone(),
        by: "jo".into(),
    }
}

async fn windows(engine: &Engine) -> Vec<MaintenanceWindow> {
    engine.maintenance_list(MaintenanceList::default()).await.unwrap().windows
}

#[tokio::test]
async fn a_window_is_changed_in_place_over_a_restart_and_with_both_its_shapes_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(folder.path()).await;
    let now = engine.clock().now();
    let made = engine.maintenance_put(asked(now, 1, 2)).await.unwrap();
    let changed =
        engine.maintenance_put(longer(&made, now.plus_millis(4 * HOUR_MS))).await.unwrap();
    assert_eq!(changed.id, made.id);
    assert_eq!((changed.until, changed.by.as_str()), (now.plus_millis(4 * HOUR_MS), "jo"));
    assert_eq!(windows(&engine).await, std::slice::from_ref(&changed), "one window, not two");
    let audit = engine.audit_list(AuditList::default()).await.unwrap().entries;
    let entry = audit.iter().find(|entry| entry.action.as_str() == "maintenance_put").unwrap();
    let details = entry.details.to_string();
    let shapes = [made.until.0.to_string(), changed.until.0.to_string()];
    assert!(shapes.iter().all(|shape| details.contains(shape)), "{details}");
    stop(engine).await;
    let engine = start(folder.path()).await;
    assert_eq!(windows(&engine).await, [changed]);
    stop(engine).await;
}

#[tokio::test]
async fn who_saw_another_window_than_there_is_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(folder.path()).await;
    let now = engine.clock().now();
    let made = engine.maintenance_put(asked(now, 1, 2)).await.unwrap();
    let changed =
        engine.maintenance_put(longer(&made, now.plus_millis(3 * HOUR_MS))).await.unwrap();
    let late = longer(&made, now.plus_millis(9 * HOUR_MS));
    let refused = engine.maintenance_put(late).await.unwrap_err();
    assert!(
        matches!(&refused, EngineError::Stale { message } if message.ends_with("changed by jo"))
    );
    assert_eq!(windows(&engine).await, [changed]);
    stop(engine).await;
}

#[tokio::test]
async fn a_window_that_has_begun_keeps_its_beginning_and_its_subject() {
    let folder = tempfile::tempdir().unwrap();
    let engine = start(folder.path()).await;
    let now = engine.clock().now();
    let open = engine.maintenance_put(asked(now, -1, 2)).await.unwrap();
    let moved = MaintenancePut {
        from: now.plus_millis(HOUR_MS / 2),
        ..longer(&open, now.plus_millis(2 * HOUR_MS))
    };
    let refused = engine.maintenance_put(moved).await.unwrap_err();
    assert!(matches!(refused, EngineError::Invalid { .. }), "{refused:?}");
    let longer = engine.maintenance_put(longer(&open, now.plus_millis(5 * HOUR_MS))).await.unwrap();
    assert_eq!(longer.from, open.from);
    stop(engine).await;
}

#[test]
fn a_window_that_is_over_stays_on_record_as_it_was() {
    let now = UnixMs(1_800_000_000_000);
    let before = MaintenanceWindow {
        id: changeover_domain::WindowId::try_new("w-1").unwrap(),
        subject: Subject::Everything,
        from: now.plus_millis(-2 * HOUR_MS),
        until: now.plus_millis(-HOUR_MS),
        reason: "move".into(),
        by: "mk".into(),
        configured: false,
    };
    let again = longer(&before, now.plus_millis(HOUR_MS));
    assert!(super::check_change(&before, &again, now).is_err());
    assert!(super::check_change(&before, &again, now.plus_millis(-HOUR_MS - 1)).is_ok());
}
