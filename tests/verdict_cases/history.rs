//! A quarter of an hour that the console has watched before: what a change of pace is told from.

use std::path::Path;

use changeover_clock::system_now;
use changeover_domain::{Outcome, ProbeSample, TargetId};

use crate::vendors::Watched;

/// A probe every fifteen seconds.
const PROBES: i64 = 60;
const EVERY_MS: i64 = 15_000;
/// What a probe writes in a second on a calm day, as parts of the middle one.
const PACES: [f64; 6] = [0.78, 1.22, 0.9, 1.1, 1.0, 1.3];

/// Writes it into the data directory of a console that is to be started.
pub(crate) async fn written(data_dir: &Path, targets: &[&Watched]) {
    let samples: Vec<ProbeSample> = targets.iter().flat_map(|watched| of(watched)).collect();
    let (writer, _reader) = changeover_store::open(&data_dir.join("sandbox")).await.unwrap();
    writer.probes_record(&samples).await.unwrap();
    writer.close().await.unwrap();
}

fn of(watched: &Watched) -> impl Iterator<Item = ProbeSample> {
    let target = TargetId::try_new(watched.target).unwrap();
    let (now, middle) = (system_now(), watched.tokens_per_second);
    (0..PROBES).zip(PACES.iter().cycle()).map(move |(index, pace)| ProbeSample {
        tokens_per_second: Some(middle * pace),
        ..ProbeSample::bare(
            target.clone(),
            now.plus_millis((index - PROBES) * EVERY_MS),
            Outcome::Ok,
            1_400,
        )
    })
}
