//! A new migration file must reach the binary: Cargo does not see what a macro reads.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
