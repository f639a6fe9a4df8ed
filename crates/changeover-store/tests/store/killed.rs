//! Killed in the middle: what was acknowledged is there, and the chain is whole.
//!
//! The test starts itself again as the process that is killed.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use changeover_store::{AuditVerification, open};

use crate::samples::{bucket, draft, gateway, intent};

const DATA_DIR: &str = "CHANGEOVER_KILLED_DATA_DIR";
const ACKNOWLEDGED: &str = "acknowledged ";

/// The process that is killed: writes without end and prints what was acknowledged.
#[tokio::test]
#[ignore = "started by the test below, with the data directory in the environment"]
async fn writes_until_it_is_killed() {
    let dir = PathBuf::from(env::var_os(DATA_DIR).expect("only the test below starts this"));
    let (writer, reader) = open(&dir).await.unwrap();
    let newest = reader.intents().await.unwrap().first().map_or(0, |kept| kept.generation.0);
    for generation in newest + 1.. {
        let entry = writer.intent_apply(draft("kill me"), &intent(generation)).await.unwrap();
        println!("{ACKNOWLEDGED}{} {generation}", entry.sequence);
        let cursor = generation.to_string();
        writer.traffic_record(&gateway("eu-1"), &[bucket()], &cursor).await.unwrap();
    }
}

/// Starts the writer, kills it after `count` acknowledgements, and returns the last one it gave.
fn killed_after(dir: &Path, count: usize) -> (u64, u64) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["killed::writes_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(DATA_DIR, dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut line = String::new();
    // The end of the output comes only after the kill: what is in the pipe by then counts too. A
    // line that was cut off does not.
    while lines.read_line(&mut line).unwrap() > 0 && line.ends_with('\n') {
        if let Some((_, said)) = line.trim_end().split_once(ACKNOWLEDGED) {
            let (sequence, generation) = said.split_once(' ').unwrap();
            acknowledged.push((sequence.parse().unwrap(), generation.parse().unwrap()));
            if acknowledged.len() == count {
                child.kill().unwrap();
            }
        }
        line.clear();
    }
    let status = child.wait().unwrap();
    assert!(!status.success(), "it was killed, it did not end");
    assert!(acknowledged.len() >= count, "it wrote before it was killed");
    *acknowledged.last().unwrap()
}

#[tokio::test]
async fn nothing_acknowledged_is_lost_and_the_chain_is_whole_after_every_kill() {
    let dir = tempfile::tempdir().unwrap();
    for count in [1, 37, 150] {
        let (sequence, generation) = killed_after(dir.path(), count);
        let (writer, reader) = open(dir.path()).await.unwrap();
        let found = reader.audit_verify().await.unwrap();
        let AuditVerification::Intact { entries } = found else {
            panic!("the chain broke: {found:?}");
        };
        assert!(entries >= sequence, "{sequence} was acknowledged, {entries} are there");
        let kept = reader.intents().await.unwrap();
        assert!(kept[0].generation.0 >= generation, "every intent is there with its entry");
        assert_eq!(entries, kept[0].generation.0, "an intent and its entry are never apart");
        drop((writer, reader));
    }
}
