//! Who may depend on whom, and which libraries are named in which rooms.

use crate::workspace::{Dependency, DependencyKind, Member};

/// Every room with its floor. A room depends on lower floors; rooms on one floor do not know each
/// other. The ground floor is a stair of four steps.
const ROOMS: [(&str, u8); 23] = [
    ("changeover-domain", 0),
    ("changeover-clock", 1),
    ("changeover-http", 2),
    ("changeover-config", 3),
    ("changeover-policy", 4),
    ("changeover-cost", 4),
    ("changeover-webhook", 4),
    ("changeover-llm", 5),
    ("changeover-sinks", 5),
    ("changeover-status", 5),
    ("changeover-probe", 5),
    ("changeover-store", 5),
    ("changeover-control", 5),
    ("changeover-gateway", 5),
    ("changeover-sandbox", 5),
    ("changeover-charts", 5),
    ("changeover-engine", 6),
    ("changeover-api", 7),
    ("changeover-headless", 8),
    ("changeover", 8),
    ("changeover-journeys", 9),
    ("changeover-bench", 9),
    ("xtask", 9),
];

/// The neighbours that do know each other: all three speak the wire protocols.
const NEIGHBOURS: [(&str, &str); 3] = [
    ("changeover-probe", "changeover-llm"),
    ("changeover-gateway", "changeover-llm"),
    ("changeover-sandbox", "changeover-llm"),
];

/// A library that is a door to the outside, and the rooms that have it. Tests may use any.
struct Door {
    library: &'static str,
    /// `tauri-plugin-…` counts as `tauri`.
    with_family: bool,
    rooms: &'static [&'static str],
}

const DOORS: [Door; 6] = [
    door("sqlx", &["changeover-store"]),
    door(
        "axum",
        &["changeover-gateway", "changeover-sandbox", "changeover-headless", "changeover-status"],
    ),
    door("plotters", &["changeover-charts"]),
    door("keyring", &["changeover-config"]),
    door("notify-rust", &["changeover"]),
    Door { library: "tauri", with_family: true, rooms: &["changeover"] },
];

const fn door(library: &'static str, rooms: &'static [&'static str]) -> Door {
    Door { library, with_family: false, rooms }
}

/// Each wrong direction, in a sentence.
pub(super) fn violations(members: &[Member]) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        let Some(floor) = floor_of(&member.name) else {
            found.push(format!(
                "{} stands on no floor: give it one in xtask/src/directions/rooms.rs",
                member.name
            ));
            continue;
        };
        for dependency in &member.dependencies {
            found.extend(wrong_direction(&member.name, floor, dependency));
            found.extend(wrong_door(&member.name, dependency));
        }
    }
    found
}

fn floor_of(room: &str) -> Option<u8> {
    ROOMS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// A room of a higher floor, or a neighbour. Tests may use neighbours, never a higher floor.
fn wrong_direction(room: &str, floor: u8, dependency: &Dependency) -> Option<String> {
    let other = floor_of(&dependency.name)?;
    let in_tests = dependency.kind == Some(DependencyKind::Dev);
    let is_known = NEIGHBOURS.contains(&(room, dependency.name.as_str()));
    if other < floor || (other == floor && (is_known || in_tests)) {
        return None;
    }
    let place =
        if other == floor { "stands on the same floor" } else { "stands on a higher floor" };
    Some(format!("{room} depends on {}, which {place}", dependency.name))
}

fn wrong_door(room: &str, dependency: &Dependency) -> Option<String> {
    if dependency.kind == Some(DependencyKind::Dev) {
        return None;
    }
    let door = DOORS.iter().find(|door| door.is(&dependency.name))?;
    if door.rooms.contains(&room) {
        return None;
    }
    Some(format!("{room} depends on {}, which only {} may", dependency.name, door.rooms.join(", ")))
}

impl Door {
    fn is(&self, library: &str) -> bool {
        let rest = library.strip_prefix(self.library);
        rest.is_some_and(|rest| rest.is_empty() || (self.with_family && rest.starts_with('-')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, dependencies: &[(&str, Option<DependencyKind>)]) -> Member {
        let own = |(name, kind): &(&str, Option<DependencyKind>)| Dependency {
            name: (*name).to_owned(),
            kind: *kind,
        };
        Member { name: name.to_owned(), dependencies: dependencies.iter().map(own).collect() }
    }

    fn found(name: &str, dependency: &str, kind: Option<DependencyKind>) -> Vec<String> {
        violations(&[member(name, &[(dependency, kind)])])
    }

    const DEV: Option<DependencyKind> = Some(DependencyKind::Dev);

    #[test]
    fn a_room_depends_downwards() {
        assert!(found("changeover-engine", "changeover-domain", None).is_empty());
        assert_eq!(
            found("changeover-domain", "changeover-clock", None),
            ["changeover-domain depends on changeover-clock, which stands on a higher floor"]
        );
        assert_eq!(
            found("changeover-engine", "changeover-api", DEV).len(),
            1,
            "tests do not look up either"
        );
    }

    #[test]
    fn neighbours_do_not_know_each_other_but_for_the_three_that_use_llm() {
        assert_eq!(
            found("changeover-store", "changeover-charts", None),
            ["changeover-store depends on changeover-charts, which stands on the same floor"]
        );
        assert!(found("changeover-probe", "changeover-llm", None).is_empty());
        assert_eq!(
            found("changeover-llm", "changeover-probe", None).len(),
            1,
            "not the other way round"
        );
        assert!(found("changeover-status", "changeover-sandbox", DEV).is_empty());
    }

    #[test]
    fn the_ground_floor_is_a_stair() {
        assert!(found("changeover-config", "changeover-http", None).is_empty());
        assert_eq!(found("changeover-http", "changeover-config", None).len(), 1);
    }

    #[test]
    fn a_door_to_the_outside_stands_in_its_rooms_only() {
        assert!(found("changeover-store", "sqlx", None).is_empty());
        assert_eq!(
            found("changeover-engine", "sqlx", None),
            ["changeover-engine depends on sqlx, which only changeover-store may"]
        );
        assert_eq!(found("changeover-control", "axum", None).len(), 1);
        assert!(found("changeover-control", "axum", DEV).is_empty());
    }

    #[test]
    fn tauri_is_meant_with_its_family_and_nobody_else() {
        assert_eq!(found("changeover-api", "tauri-plugin-log", None).len(), 1);
        assert_eq!(found("changeover-api", "tauri-build", Some(DependencyKind::Build)).len(), 1);
        assert!(found("changeover", "tauri", None).is_empty());
        assert!(found("changeover-api", "axum-extra", None).is_empty());
    }

    #[test]
    fn a_room_without_a_floor_is_refused() {
        assert_eq!(found("changeover-utils", "serde", None).len(), 1);
    }
}
