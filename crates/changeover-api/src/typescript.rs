//! The TypeScript half of the contract: one file per type, and one with the maps.

use std::fmt::Write as _;
use std::path::Path;

use ts_rs::{Config, TS};

/// Why the types could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the types could not be written")]
    Types(#[from] ts_rs::ExportError),
    #[error("the maps could not be written")]
    Maps(#[from] std::io::Error),
}

/// Names to types, on the way to `contract.ts`.
#[derive(Default)]
pub(crate) struct Maps {
    imports: std::collections::BTreeSet<String>,
    commands: String,
    events: String,
}

impl Maps {
    pub(crate) fn command<Request: TS + 'static, Response: TS + 'static>(
        &mut self,
        name: &str,
        config: &Config,
    ) -> Result<(), ts_rs::ExportError> {
        let request = self.import::<Request>(config)?;
        let response = self.import::<Response>(config)?;
        // Writing to a String cannot fail.
        writeln!(self.commands, "  {name}: {{ request: {request}; response: {response} }};").ok();
        Ok(())
    }

    pub(crate) fn event<Payload: TS + 'static>(
        &mut self,
        name: &str,
        config: &Config,
    ) -> Result<(), ts_rs::ExportError> {
        let payload = self.import::<Payload>(config)?;
        writeln!(self.events, "  {name}: {payload};").ok();
        Ok(())
    }

    /// Writes the type's own file, where it has one, and gives its name.
    fn import<T: TS + 'static>(&mut self, config: &Config) -> Result<String, ts_rs::ExportError> {
        let name = T::name(config);
        match T::output_path() {
            Some(path) => {
                T::export_all(config)?;
                let file = path.with_extension("");
                self.imports
                    .insert(format!("import type {{ {name} }} from \"./{}\";", file.display()));
            }
            // Types without a file of their own: `null`, and JSON as it comes.
            None => {
                T::export_all(config).or_else(|error| match error {
                    ts_rs::ExportError::CannotBeExported(_) => Ok(()),
                    other => Err(other),
                })?;
            }
        }
        Ok(if T::output_path().is_some() { name } else { plain(&T::inline(config)) })
    }

    fn text(&self) -> String {
        let imports: String = self.imports.iter().map(|line| format!("{line}\n")).collect();
        format!(
            "// Generated from the contract in changeover-api by `cargo xtask contract`. Do not edit.\n\
             {imports}\n\
             export interface Commands {{\n{}}}\n\n\
             export type CommandName = keyof Commands;\n\n\
             export interface Events {{\n{}}}\n",
            self.commands, self.events
        )
    }
}

fn plain(inline: &str) -> String {
    if inline == "null" { inline.to_owned() } else { "unknown".to_owned() }
}

/// Writes the whole contract into `folder`, which is emptied first: a type that is gone must not
/// stay behind.
///
/// # Errors
/// [`ExportError`] when a file cannot be written.
pub fn export_typescript(folder: &Path) -> Result<(), ExportError> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let config = Config::from_env().with_out_dir(folder);
    let maps = crate::list::export_types(&config)?;
    std::fs::write(folder.join("contract.ts"), maps.text())?;
    Ok(())
}
