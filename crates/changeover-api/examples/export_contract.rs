//! Writes the TypeScript half of the contract into the folder that is named.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return ExitCode::FAILURE;
    };
    match changeover_api::export_typescript(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a command line tool speaks to its terminal")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}
