//! What the files of the tree may hold.

/// More lines than this and a file asks to be split.
const MOST_LINES: usize = 600;

/// The endings for which it counts.
const COUNTED: [&str; 4] = [".rs", ".ts", ".svelte", ".css"];

/// Written by tools; what they say of paths is theirs.
const GENERATED: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// Folders that only one machine has. Put together here so that this file passes its own check.
const MACHINE_FOLDERS: [&str; 7] = [
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/tm", "p/"),
    concat!("C:\\Us", "ers\\"),
];

/// The UI's sources, and the one folder in them that knows its host.
const UI: &str = "ui/src/";
const HOST: &str = "ui/src/lib/host/";

/// A tracked text file.
pub(super) struct File {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

/// Each violation, in a sentence.
pub(super) fn violations(tree: &[File]) -> Vec<String> {
    let mut found: Vec<String> = tree.iter().filter_map(too_long).collect();
    found.extend(tree.iter().flat_map(machine_paths));
    found.extend(host_imports(tree));
    found
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    let is_counted = COUNTED.iter().any(|ending| file.path.ends_with(ending));
    (is_counted && lines > MOST_LINES)
        .then(|| format!("{} has {lines} lines; {MOST_LINES} is the ceiling", file.path))
}

fn machine_paths(file: &File) -> Vec<String> {
    if GENERATED.iter().any(|name| file.path.ends_with(name)) {
        return Vec::new();
    }
    let lines = file.text.lines().enumerate();
    lines
        .filter_map(|(index, line)| {
            let folder = MACHINE_FOLDERS.iter().find(|folder| begins(line, folder))?;
            let number = index + 1;
            Some(format!("{}:{number} names a path of one machine ({folder}…)", file.path))
        })
        .collect()
}

/// Whether an absolute path in `line` begins with `folder`: not where it goes on from something,
/// as `ui/home/` or `example.com/home/` do.
fn begins(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.split_at(at).0.chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/~*}$".contains(c))
    })
}

/// Tauri's packages are imported in one file of the host folder. Tests beside the code may.
fn host_imports(tree: &[File]) -> Vec<String> {
    let ui: Vec<&File> = tree
        .iter()
        .filter(|file| file.path.starts_with(UI) && !file.path.ends_with(".test.ts"))
        .collect();
    let (inside, outside): (Vec<&File>, Vec<&File>) = ui
        .iter()
        .filter(|file| imports_tauri(&file.text))
        .partition(|file| file.path.starts_with(HOST));
    let mut found: Vec<String> = outside
        .iter()
        .map(|file| format!("{} imports @tauri-apps; only {HOST} may", file.path))
        .collect();
    if inside.len() > 1 {
        let names: Vec<&str> = inside.iter().map(|file| file.path.as_str()).collect();
        found.push(format!(
            "@tauri-apps is imported in several files of {HOST}, not in one: {}",
            names.join(", ")
        ));
    }
    if inside.is_empty() && !ui.is_empty() {
        found.push(format!("no file of {HOST} imports @tauri-apps: the window has no host"));
    }
    found
}

fn imports_tauri(text: &str) -> bool {
    text.contains("\"@tauri-apps/") || text.contains("'@tauri-apps/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_file_over_the_ceiling_is_refused_and_one_at_it_is_not() {
        let long = "x\n".repeat(601);
        assert_eq!(violations(&[file("a.rs", &long)]), ["a.rs has 601 lines; 600 is the ceiling"]);
        assert!(violations(&[file("a.rs", &"x\n".repeat(600))]).is_empty());
        assert!(violations(&[file("a.json", &long)]).is_empty());
    }

    #[test]
    fn a_path_of_one_machine_is_refused_with_its_line() {
        let text = format!("ok\nlet x = \"{}ann/x\";\n", MACHINE_FOLDERS[0]);
        let found = violations(&[file("a.rs", &text)]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a.rs:2 names a path"), "{found:?}");
        for folder in MACHINE_FOLDERS {
            assert!(begins(&format!("cd {folder}x"), folder), "{folder}");
        }
    }

    #[test]
    fn a_path_that_only_goes_on_like_one_is_let_through() {
        let folder = MACHINE_FOLDERS[0];
        for before in ["ui", "https://example.com", "~", "${x}"] {
            let text = format!("{before}{folder}x");
            assert!(violations(&[file("a.rs", &text)]).is_empty(), "{text}");
        }
    }

    #[test]
    fn the_ui_names_its_host_in_one_file() {
        let import = "import { invoke } from \"@tauri-apps/api/core\";";
        let host = || file("ui/src/lib/host/tauri.ts", import);
        assert!(violations(&[host()]).is_empty());
        assert!(violations(&[host(), file("ui/src/lib/host/tauri.test.ts", import)]).is_empty());

        let elsewhere = violations(&[host(), file("ui/src/App.svelte", import)]);
        assert_eq!(elsewhere, ["ui/src/App.svelte imports @tauri-apps; only ui/src/lib/host/ may"]);
        let twice = violations(&[host(), file("ui/src/lib/host/other.ts", import)]);
        assert_eq!(twice.len(), 1);
        let nowhere = violations(&[file("ui/src/App.svelte", "")]);
        assert_eq!(nowhere.len(), 1, "{nowhere:?}");
    }
}
