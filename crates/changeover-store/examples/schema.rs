//! Makes an empty database of the migrations, for `cargo xtask prepare`:
//! `cargo run -p changeover-store --no-default-features --example schema -- FILE`.

use std::path::PathBuf;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map(PathBuf::from).ok_or("name the file to make")?;
    changeover_store::schema::create(&path, None).await?;
    Ok(())
}
