//! The minutes as lines on the surface.

use changeover_domain::time::MINUTE_MS;
use changeover_domain::{Nanodollars, UnixMs};

use super::axis::Axes;
use super::{CostMinute, PeriodCostInput};

/// Points on the surface, from left to right.
pub(super) type Polyline = Vec<(i32, i32)>;

/// What is drawn: each a number of unbroken lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// What was spent at home, before and after.
    pub(super) usual: Vec<Polyline>,
    /// What was spent away.
    pub(super) away: Vec<Polyline>,
    /// What the same would have cost.
    pub(super) on_primary: Vec<Polyline>,
}

impl Lines {
    pub(super) fn of(input: &PeriodCostInput<'_>, axes: &Axes) -> Self {
        let mut minutes: Vec<&CostMinute> = input
            .minutes
            .iter()
            .filter(|cost| (input.from.floor_to_minute()..input.to).contains(&cost.minute))
            .collect();
        minutes.sort_by_key(|cost| cost.minute);
        let mut lines = Self::default();
        let mut before: Option<&CostMinute> = None;
        for cost in minutes {
            let joined = before
                .filter(|before| cost.minute.millis_since(before.minute) <= MINUTE_MS * 3 / 2);
            lines.add_actual(input, axes, joined, cost);
            lines.add_on_primary(axes, joined, cost);
            before = Some(cost);
        }
        lines
    }

    fn add_actual(
        &mut self,
        input: &PeriodCostInput<'_>,
        axes: &Axes,
        before: Option<&CostMinute>,
        cost: &CostMinute,
    ) {
        let point = place(axes, cost.minute, cost.actual);
        let away = is_away(input, cost.minute);
        let Some(before) = before else {
            self.side(away).push(vec![point]);
            return;
        };
        if is_away(input, before.minute) == away {
            extend(self.side(away), point);
            return;
        }
        // The line goes on in the other colour from where the window begins or ends.
        let last = place(axes, before.minute, before.actual);
        let (left, right) = axes.window(input);
        let edge = between(last, point, if away { left } else { right });
        extend(self.side(!away), edge);
        self.side(away).push(vec![edge, point]);
    }

    fn add_on_primary(&mut self, axes: &Axes, before: Option<&CostMinute>, cost: &CostMinute) {
        let Some(amount) = cost.on_primary else {
            return;
        };
        let point = place(axes, cost.minute, amount);
        if before.is_some_and(|before| before.on_primary.is_some()) {
            extend(&mut self.on_primary, point);
        } else {
            self.on_primary.push(vec![point]);
        }
    }

    fn side(&mut self, away: bool) -> &mut Vec<Polyline> {
        if away { &mut self.away } else { &mut self.usual }
    }

    /// The highest and the lowest point of any line between two places; `None` where there is none.
    pub(super) fn extent(&self, left: i32, right: i32) -> Option<(i32, i32)> {
        let all = self.usual.iter().chain(&self.away).chain(&self.on_primary);
        let heights = all.flat_map(|line| heights(line, left, right));
        heights.fold(None, |found, y| {
            let (highest, lowest) = found.unwrap_or((y, y));
            Some((y.min(highest), y.max(lowest)))
        })
    }
}

/// A line's points between two places, and its height at those.
fn heights(line: &Polyline, left: i32, right: i32) -> Vec<i32> {
    let mut found: Vec<i32> =
        line.iter().filter(|(x, _)| (left..=right).contains(x)).map(|(_, y)| *y).collect();
    for pair in line.windows(2) {
        for x in [left, right] {
            if (pair[0].0..=pair[1].0).contains(&x) {
                found.push(between(pair[0], pair[1], x).1);
            }
        }
    }
    found
}

fn extend(lines: &mut Vec<Polyline>, point: (i32, i32)) {
    match lines.last_mut() {
        Some(line) => line.push(point),
        None => lines.push(vec![point]),
    }
}

/// A minute counts as away when most of it is.
fn is_away(input: &PeriodCostInput<'_>, minute: UnixMs) -> bool {
    let middle = minute.plus_millis(MINUTE_MS / 2);
    middle >= input.started_at && input.ended_at.is_none_or(|ended| middle <= ended)
}

/// A minute's cost stands in its middle.
fn place(axes: &Axes, minute: UnixMs, amount: Nanodollars) -> (i32, i32) {
    (axes.x(minute.plus_millis(MINUTE_MS / 2)), axes.y(amount))
}

/// The point at `x` on the straight line from `a` to `b`.
fn between(a: (i32, i32), b: (i32, i32), x: i32) -> (i32, i32) {
    let (wide, high) = (i64::from(b.0) - i64::from(a.0), i64::from(b.1) - i64::from(a.1));
    if wide == 0 {
        return a;
    }
    let x = x.clamp(a.0.min(b.0), a.0.max(b.0));
    let along = i64::from(x) - i64::from(a.0);
    let y = i64::from(a.1) + high * along / wide;
    (x, i32::try_from(y).unwrap_or(a.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_on_the_straight_between_two_points() {
        assert_eq!(between((0, 0), (10, 20), 5), (5, 10));
        assert_eq!(between((0, 0), (10, 20), 99), (10, 20), "never beyond its ends");
        assert_eq!(between((3, 4), (3, 9), 3), (3, 4));
    }

    #[test]
    fn a_lines_height_is_known_between_its_points_too() {
        let lines = Lines { away: vec![vec![(0, 0), (100, 100)]], ..Lines::default() };
        assert_eq!(lines.extent(20, 30), Some((20, 30)));
        assert_eq!(lines.extent(101, 120), None);
    }
}
