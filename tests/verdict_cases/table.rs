//! The matrix as it is printed: a line for each story, a column for each vendor.

use std::collections::BTreeMap;

use crate::matrix::exceptions;
use crate::round::Found;
use crate::vendors::VENDORS;

/// Seconds from the onset to the verdict; `-` where a story was not played at a vendor.
pub(crate) fn printed(found: &[Found]) -> String {
    let columns = || VENDORS.iter().map(|vendor| vendor.id).chain(["ours"]);
    let mut lines = vec![format!("{:<34}{}", "", columns().map(cell).collect::<String>())];
    let mut stories: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for one in found {
        stories.entry(one.case.story).or_default().push(one);
    }
    for (story, found) in stories {
        let of = |vendor: &str| found.iter().find(|one| one.case.vendor == vendor);
        let cells =
            columns().map(|vendor| cell(of(vendor).map_or("-".to_owned(), |one| after(one))));
        lines.push(format!("{story:<34}{}", cells.collect::<String>()));
    }
    let not_right = found.iter().filter(|one| !one.is_right());
    lines.extend(not_right.map(|one| {
        let Found { case, unlike, said, .. } = one;
        format!("not right: {} × {} {unlike:?} {said}", case.story, case.vendor)
    }));
    lines.extend(exceptions().iter().map(|why| format!("cannot be: {why}")));
    lines.join("\n")
}

fn after(found: &Found) -> String {
    let late = if found.is_right() { "" } else { " !" };
    found.after_ms.map_or("missed !".to_owned(), |ms| format!("{} s{late}", ms / 1_000))
}

fn cell(text: impl AsRef<str>) -> String {
    format!("{:>12}", text.as_ref())
}
