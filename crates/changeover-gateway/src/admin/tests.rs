use std::collections::BTreeSet;

use super::*;

#[test]
fn the_openapi_file_knows_every_path_and_no_other() {
    let file = include_str!("../../../../docs/gateway-admin.openapi.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let declared: BTreeSet<&str> =
        file["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let served: BTreeSet<&str> =
        endpoints().into_iter().map(|(path, _, _)| path).chain(["/healthz", "/readyz"]).collect();
    assert_eq!(served, declared);
}
