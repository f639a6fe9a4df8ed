//! The gateways' configurations: a provider and a target for each vendor of each world, and routes
//! that are named after what they lead to.
//!
//! | route | leads to |
//! |---|---|
//! | `via-<vendor>`, `judged-<vendor>` | that vendor, all well; answers are judged in the second |
//! | `<fault>-<vendor>` | that vendor alone, with the fault |
//! | `after-<fault>-<vendor>` | the same, with two sound standbys |
//! | `held-breaking-<vendor>` | the same, with streams held back as a whole |
//! | `locked-<vendor>` | that vendor, with a key that it does not know |
//! | `levered`, `ladder-<door>` | all vendors; the second in all modes; for who pulls levers |
//! | `embed` | a model for embeddings |

use std::collections::BTreeMap;
use std::path::Path;

use changeover_sandbox::World;

use super::worlds::{CALM, FAULTS, SLOW, VENDORS};
use super::{CALLER_KEY, TOKEN};

/// The configuration's file, within a gateway's folder.
pub(super) const FILE: &str = "gateway.toml";
const TEMPLATE_FILE: &str = "template.txt";
const TEMPLATE: &str =
    "We are slower than usual on {route}. Please try again in {retry_minutes} min.";

const TOKEN_VARIABLE: &str = "STAND_TOKEN";
const CALLER_VARIABLE: &str = "STAND_CALLER_KEY";
const WRONG_KEY_VARIABLE: &str = "STAND_WRONG_KEY";

/// Time enough that nothing but what a test is about ends a request, and breakers that no test trips
/// for another.
const PATIENT: &str = "
[limits]
first_token_ms = 120000
attempt_ms = 120000

[breaker]
minimum_calls = 100000

[retry]
backoff_ms = 10
backoff_cap_ms = 20
fleet_least = 100000
";

/// A configuration with the secrets that it names.
#[derive(Debug, Default)]
pub(super) struct File {
    text: String,
    pub(super) environment: BTreeMap<String, String>,
}

/// The gateway that lets everybody in and has a route for everything.
pub(super) fn open(worlds: &[(&'static str, World)]) -> File {
    let mut file = File::begin("stand");
    file.add(PATIENT);
    for (name, world) in worlds.iter().filter(|(name, _)| *name != SLOW) {
        file.world(name, world);
    }
    file.locked(worlds);
    file.target("embedding", &target(CALM, "openai"), "text-embedding-3-small");
    file.route("embed", &["embedding".to_owned()]);
    for (index, vendor) in VENDORS.into_iter().enumerate() {
        file.routes_of(index, vendor);
    }
    let all = VENDORS.map(|vendor| target(CALM, vendor));
    file.route("levered", &all);
    for route in ["ladder-openai", "ladder-anthropic"] {
        file.laddered(route, &all);
    }
    file.add(&format!("[templates]\nladder-openai = \"{TEMPLATE_FILE}\"\n"));
    file.add(&format!("ladder-anthropic = \"{TEMPLATE_FILE}\"\n"));
    file
}

/// The gateway that asks for a key and sends each vendor one request at a time.
pub(super) fn guarded(worlds: &[(&'static str, World)]) -> File {
    let mut file = File::begin("guarded");
    file.add("[concurrency]\nmost = 1\nqueue = 0\n\n");
    file.secret(CALLER_VARIABLE, CALLER_KEY);
    file.add("[[callers]]\nname = \"shop\"\n");
    file.add(&format!("key = \"env:{CALLER_VARIABLE}\"\n"));
    file.add("routes = [\"slow-anthropic\", \"slow-openai\"]\n\n");
    for (name, world) in worlds.iter().filter(|(name, _)| *name == SLOW) {
        file.world(name, world);
    }
    for vendor in VENDORS {
        file.route(&target(SLOW, vendor), &[target(SLOW, vendor)]);
    }
    file
}

/// The id of a vendor in a world, as provider and as target.
fn target(world: &str, vendor: &str) -> String {
    format!("{world}-{vendor}")
}

impl File {
    fn begin(id: &str) -> Self {
        let mut file = Self::default();
        file.secret(TOKEN_VARIABLE, TOKEN);
        file.secret(WRONG_KEY_VARIABLE, "stand-wrong-key");
        file.add(&format!(
            "id = \"{id}\"\nlisten = \"127.0.0.1:0\"\nstate_dir = \"state\"\n\n[admin]\n\
             listen = \"127.0.0.1:0\"\ntokens = [{{ name = \"stand\", \
             secret = \"env:{TOKEN_VARIABLE}\", role = \"operate\" }}]\n\n"
        ));
        file
    }

    /// Writes it, and the template that it names.
    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(TEMPLATE_FILE), TEMPLATE)?;
        std::fs::write(folder.join(FILE), &self.text)
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn secret(&mut self, variable: &str, value: &str) {
        self.environment.insert(variable.to_owned(), value.to_owned());
    }

    /// Every vendor of a world, with one model each.
    fn world(&mut self, name: &str, world: &World) {
        let catalogue = world.catalogue();
        for access in &catalogue.providers {
            let vendor = access.provider.id.as_str();
            let variable = format!("STAND_KEY_{}", vendor.to_uppercase());
            let key = access.key.as_ref().map(|key| key.expose().to_owned());
            self.secret(&variable, &key.unwrap_or_default());
            let id = target(name, vendor);
            self.provider(&id, access.provider.kind.as_str(), &access.provider.base_url, &variable);
            let mut models = catalogue.targets.iter();
            if let Some(first) = models.find(|first| first.provider == access.provider.id) {
                self.target(&id, &id, &first.model);
            }
        }
    }

    /// The calm world's vendors once more, with a key that they do not know.
    fn locked(&mut self, worlds: &[(&'static str, World)]) {
        let calm = worlds.iter().filter(|(name, _)| *name == CALM);
        for access in calm.flat_map(|(_, world)| world.catalogue().providers) {
            let vendor = access.provider.id.as_str();
            let id = target("locked", vendor);
            let (kind, url) = (access.provider.kind.as_str(), &access.provider.base_url);
            self.provider(&id, kind, url, WRONG_KEY_VARIABLE);
            self.target(&id, &id, "any-model");
            self.route(&id, std::slice::from_ref(&id));
        }
    }

    fn provider(&mut self, id: &str, kind: &str, base_url: &str, key_variable: &str) {
        self.add(&format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"{kind}\"\nbase_url = \"{base_url}\"\n\
             key = \"env:{key_variable}\"\n\n"
        ));
    }

    fn target(&mut self, id: &str, provider: &str, model: &str) {
        self.add(&format!(
            "[[targets]]\nid = \"{id}\"\nprovider = \"{provider}\"\nmodel = \"{model}\"\n\
             images = true\n\n"
        ));
    }

    fn route(&mut self, id: &str, targets: &[String]) {
        self.add(&format!(
            "[[routes]]\nid = \"{id}\"\ncriticality = \"must_succeed\"\ntargets = {targets:?}\n\n"
        ));
    }

    /// What leads to the `index`th vendor first.
    fn routes_of(&mut self, index: usize, vendor: &str) {
        let calm = target(CALM, vendor);
        self.route(&format!("via-{vendor}"), std::slice::from_ref(&calm));
        self.route(&format!("judged-{vendor}"), &[calm]);
        self.add(&format!("[serving.judged-{vendor}]\nvalidate = true\n\n"));
        let others = VENDORS.iter().cycle().skip(index + 1).take(VENDORS.len() - 1);
        let standbys: Vec<String> = others.map(|other| target(CALM, other)).collect();
        for (fault, _) in FAULTS {
            let failing = target(fault, vendor);
            self.route(&failing, std::slice::from_ref(&failing));
            if fault == "hanging" {
                self.add(&format!("[serving.{failing}]\nbudget_ms = 120000\n\n"));
            }
            let chain = [std::slice::from_ref(&failing), standbys.as_slice()].concat();
            self.route(&format!("after-{failing}"), &chain);
            self.add(&format!("[serving.after-{failing}]\nbudget_ms = 3000\n\n"));
        }
        let breaking = target("breaking", vendor);
        let chain = [std::slice::from_ref(&breaking), standbys.as_slice()].concat();
        self.route(&format!("held-{breaking}"), &chain);
        self.add(&format!("[serving.held-{breaking}]\nhold_back = \"whole\"\n\n"));
    }

    /// A route with the whole ladder, that keeps its answers.
    fn laddered(&mut self, id: &str, targets: &[String]) {
        self.add(&format!(
            "[[routes]]\nid = \"{id}\"\ncriticality = \"can_degrade\"\ntargets = {targets:?}\n\
             modes = [\"full\", \"short\", \"cached\", \"template\", \"off\"]\n\n\
             [serving.{id}]\nnotice = \"A shorter answer than usual.\"\n\
             cache = {{ ttl_s = 1, stale_s = 3600 }}\n\n"
        ));
    }
}
