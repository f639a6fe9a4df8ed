//! As many points as there are pixels, and no line where nothing was measured.

use std::ops::Range;

use changeover_domain::UnixMs;

/// Unbroken runs of points within `range`, oldest first. Of the points that fall into one of
/// `columns` equal parts of the time, the highest is kept: a peak is what one looks for. Points
/// further apart than one and a half steps (or columns, where those are longer) are not joined.
pub(super) fn runs(
    points: &[(UnixMs, f64)],
    range: Range<UnixMs>,
    columns: u32,
    step_ms: i64,
) -> Vec<Vec<(i64, f64)>> {
    let span = range.end.millis_since(range.start).max(1);
    let columns = i64::from(columns.max(1));
    let mut inside: Vec<(i64, f64)> = points
        .iter()
        .filter(|(at, value)| range.contains(at) && value.is_finite() && *value >= 0.0)
        .map(|(at, value)| (at.0, *value))
        .collect();
    inside.sort_by_key(|(at, _)| *at);

    let column_of = |at: i64| {
        i128::from(at.saturating_sub(range.start.0)) * i128::from(columns) / i128::from(span)
    };
    let furthest = step_ms.max(span / columns).max(1).saturating_mul(3) / 2;
    let mut runs: Vec<Vec<(i64, f64)>> = Vec::new();
    let mut last_at = None;
    for (at, value) in inside {
        let joined = last_at.is_some_and(|last| at.saturating_sub(last) <= furthest);
        last_at = Some(at);
        match runs.last_mut() {
            Some(run) if joined => match run.last_mut() {
                Some(last) if column_of(last.0) == column_of(at) => {
                    if value > last.1 {
                        *last = (at, value);
                    }
                }
                _ => run.push((at, value)),
            },
            _ => runs.push(vec![(at, value)]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(points: &[(i64, f64)], columns: u32) -> Vec<Vec<(i64, f64)>> {
        let points: Vec<_> = points.iter().map(|(at, value)| (UnixMs(*at), *value)).collect();
        runs(&points, UnixMs(0)..UnixMs(600), columns, 10)
    }

    #[test]
    fn a_missing_step_breaks_the_line() {
        let found = cut(&[(0, 1.0), (10, 1.0), (30, 1.0), (40, 1.0)], 600);
        assert_eq!(found, [vec![(0, 1.0), (10, 1.0)], vec![(30, 1.0), (40, 1.0)]]);
    }

    #[test]
    fn a_late_point_does_not_break_it() {
        assert_eq!(cut(&[(0, 1.0), (14, 1.0)], 600).len(), 1);
    }

    #[test]
    fn what_is_no_number_or_lies_outside_is_a_gap_too() {
        let odd =
            [(-10, 1.0), (0, 1.0), (10, f64::NAN), (20, f64::INFINITY), (30, -1.0), (600, 1.0)];
        assert_eq!(cut(&odd, 600), [vec![(0, 1.0)]]);
    }

    proptest! {
        #[test]
        fn the_highest_is_never_lost_and_columns_are_never_exceeded_within_a_run(
            points in proptest::collection::vec((0_i64..600, 0.0_f64..1e6), 1..400),
            columns in 1_u32..100,
        ) {
            let found = cut(&points, columns);
            let highest = |points: &[(i64, f64)]| {
                points.iter().map(|(_, value)| *value).fold(0.0, f64::max)
            };
            prop_assert_eq!(highest(&points).to_bits(), highest(&found.concat()).to_bits());
            for run in &found {
                prop_assert!(run.len() <= usize::try_from(columns).unwrap());
                prop_assert!(run.windows(2).all(|pair| pair[0].0 < pair[1].0), "time goes on");
            }
        }
    }
}
