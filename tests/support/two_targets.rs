//! A world of one route with two targets behind which nobody listens, for journeys that are about
//! levers and not about answers: as gateways and as a console's file have it.

use changeover_config::{Catalogue, ProviderAccess};
use changeover_domain::{
    Capabilities, Criticality, Mode, Provider, ProviderId, ProviderKind, Route, Slo, Target,
};
use changeover_gateway::{AdminToken, Role};
use changeover_http::Secret;
use changeover_journeys::journey::{route, target};

/// A variable that every environment has: its value is the token.
const TOKEN_VARIABLE: &str = "PATH";
const NOWHERE: &str = "http://127.0.0.1:9";

/// What the console shows to a gateway.
pub(crate) fn token() -> AdminToken {
    AdminToken {
        name: "console".to_owned(),
        secret: Secret::new(&std::env::var(TOKEN_VARIABLE).unwrap()),
        role: Role::Operate,
    }
}

/// Route `chat` with the targets `a` and `b`, which can be switched off.
pub(crate) fn catalogue() -> Catalogue {
    let provider = ProviderId::try_new("p").unwrap();
    let of = |id: &str| Target {
        id: target(id),
        provider: provider.clone(),
        model: id.to_owned(),
        region: None,
        capabilities: Capabilities::default(),
        slo: Slo::default(),
    };
    let access = ProviderAccess {
        provider: Provider {
            id: provider.clone(),
            name: "P".to_owned(),
            kind: ProviderKind::OpenaiCompatible,
            base_url: NOWHERE.to_owned(),
        },
        key: None,
        tls: changeover_http::ClientTls::default(),
    };
    Catalogue {
        providers: vec![access],
        targets: vec![of("a"), of("b")],
        routes: vec![Route {
            id: route("chat"),
            criticality: Criticality::CanDegrade,
            targets: vec![target("a"), target("b")],
            modes: vec![Mode::Full, Mode::Short, Mode::Off],
        }],
        ..Catalogue::default()
    }
}

/// The same as a console's file, with these gateways: id, address, and lines beside them.
pub(crate) fn console_file(gateways: &[(&str, String, String)]) -> String {
    let mut text = format!(
        "[[providers]]\nid = \"p\"\nname = \"P\"\nkind = \"openai_compatible\"\n\
         base_url = \"{NOWHERE}\"\n\n"
    );
    for id in ["a", "b"] {
        text.push_str(&format!(
            "[[targets]]\nid = \"{id}\"\nprovider = \"p\"\nmodel = \"{id}\"\n\
             price = {{ input = \"1\", output = \"2\" }}\n\n"
        ));
    }
    text.push_str(
        "[[routes]]\nid = \"chat\"\ncriticality = \"can_degrade\"\ntargets = [\"a\", \"b\"]\n\
         modes = [\"full\", \"short\", \"off\"]\n\n",
    );
    for (id, address, more) in gateways {
        text.push_str(&format!(
            "[[gateways]]\nid = \"{id}\"\nadmin_url = \"{address}\"\n\
             token = \"env:{TOKEN_VARIABLE}\"\n{more}\n\n"
        ));
    }
    text
}
