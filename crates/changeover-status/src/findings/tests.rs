//! What rules make of findings, and what the page is by them.

use changeover_domain::{Impact, IncidentState, ProviderId, SourceId, TargetId, UnixMs};

use super::*;
use crate::assemble::Plan;
use crate::{ComponentRule, ModelNames, merge, read};

fn affected(id: &str) -> Affected {
    Affected {
        id: Some(id.to_owned()),
        name: format!("Group - {id}"),
        state: ComponentState::MajorOutage,
    }
}

fn draft(native: &str, component: Option<&str>) -> Draft {
    Draft {
        native: native.to_owned(),
        start: Start::Stated(UnixMs(1)),
        components: component.map(affected).into_iter().collect(),
        ..Draft::default()
    }
}

fn reading(components: &[ComponentRule], drafts: Vec<Draft>) -> Reading {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let context =
        ReadContext { components, ..ReadContext::new(&source, &provider, crate::tests::now()) };
    let listed = |id: &str| {
        PageComponent::new(Some(id.to_owned()), id.to_owned(), ComponentState::Operational)
    };
    let findings = Findings {
        page: Some(ComponentState::MajorOutage),
        components: vec![listed("a"), listed("b")],
        drafts: drafts.into_iter().map(Arc::new).collect(),
        ..Findings::new(Coverage::OpenOnly)
    };
    findings.reading(context, None)
}

fn rule(id: &str, only: bool) -> ComponentRule {
    ComponentRule {
        id: Some(id.to_owned()),
        was: Vec::new(),
        name: Some("Ours".to_owned()),
        targets: vec![TargetId::try_new("large").unwrap()],
        serves: true,
        only,
    }
}

#[test]
fn a_component_is_renamed_and_mapped_by_its_id() {
    let reading = reading(&[rule("a", false)], vec![draft("x", Some("a"))]);
    let incident = &reading.incidents[0];
    assert_eq!(incident.components[0].name, "Ours");
    assert_eq!(incident.targets[0].as_str(), "large");
    assert_eq!(reading.components.len(), 2, "nothing is left out");
}

#[test]
fn trouble_of_apps_alone_does_not_colour_the_api() {
    let app = ComponentRule { serves: false, targets: vec![], ..rule("b", false) };
    let of_app = reading(std::slice::from_ref(&app), vec![draft("x", Some("b"))]);
    assert_eq!(of_app.page, ComponentState::Operational, "though the page calls it an outage");
    assert_eq!(of_app.components[1].id.as_deref(), Some("b"), "what serves comes first");
    assert_eq!(of_app.incidents.len(), 1, "it is shown all the same");
    let both = vec![draft("x", Some("b")), draft("y", Some("a"))];
    assert_eq!(reading(&[app], both).page, ComponentState::MajorOutage);
    let unexplained = reading(&[ComponentRule { serves: false, ..rule("c", false) }], vec![]);
    assert_eq!(unexplained.page, ComponentState::MajorOutage, "the page is believed");
}

#[test]
fn on_a_shared_page_only_the_own_component_counts() {
    let drafts = vec![draft("theirs", Some("b")), draft("nobodys", None)];
    let quiet = reading(&[rule("a", true)], drafts);
    assert_eq!(quiet.incidents, [], "a neighbour's incident is none of ours");
    assert_eq!(quiet.page, ComponentState::Operational, "nor is the page's own colour");
    assert_eq!(quiet.components.len(), 1);
    let ours = reading(&[rule("a", true)], vec![draft("ours", Some("a"))]);
    assert_eq!(ours.page, ComponentState::MajorOutage);
}

#[test]
fn a_component_that_the_page_no_longer_has_is_not_called_operational() {
    let reading = reading(&[rule("gone", true)], Vec::new());
    assert_eq!(reading.page, ComponentState::Unknown);
}

/// What the page is by one open incident, beside components that are all well.
fn page_beside(draft: Draft) -> ComponentState {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let app = [ComponentRule { serves: false, targets: vec![], ..rule("app", false) }];
    let context = ReadContext {
        components: &app,
        ..ReadContext::new(&source, &provider, crate::tests::now())
    };
    let well = |id: &str| {
        PageComponent::new(Some(id.to_owned()), id.to_owned(), ComponentState::Operational)
    };
    let findings = Findings {
        page: Some(ComponentState::Operational),
        components: vec![well("api"), well("app")],
        drafts: vec![Arc::new(draft)],
        ..Findings::new(Coverage::OpenOnly)
    };
    findings.reading(context, None).page
}

#[test]
fn a_green_page_beside_an_open_incident_is_not_green() {
    use ComponentState::{DegradedPerformance, MajorOutage, Operational, PartialOutage};
    let open = |impact| Draft { impact, ..draft("x", None) };
    for (impact, page) in [
        (Some(Impact::Critical), MajorOutage),
        (Some(Impact::Major), PartialOutage),
        (Some(Impact::Minor), DegradedPerformance),
        (Some(Impact::None), DegradedPerformance),
        (None, DegradedPerformance),
    ] {
        assert_eq!(page_beside(open(impact)), page, "{impact:?}");
    }
    let critical = || open(Some(Impact::Critical));
    let fixed = Draft { state: Some(IncidentState::Monitoring), ..critical() };
    assert_eq!(page_beside(fixed), DegradedPerformance, "a fix is out");
    let over = Draft { state: Some(IncidentState::Resolved), ..critical() };
    assert_eq!(page_beside(over), Operational);
    let planned = Draft { plan: Some(Plan::default()), ..critical() };
    assert_eq!(page_beside(planned), Operational, "announced work is no trouble");
    let of_app = Draft { impact: Some(Impact::Critical), ..draft("x", Some("app")) };
    assert_eq!(page_beside(of_app), Operational, "nor are apps");
}

#[test]
fn a_component_without_an_id_is_known_by_a_name_that_it_had() {
    let named = |name: &str| Affected { id: None, name: name.to_owned(), ..affected(name) };
    let was = ComponentRule {
        id: None,
        was: vec!["Conversations".to_owned(), "Chats".to_owned()],
        serves: false,
        targets: vec![],
        ..rule("", false)
    };
    let also_by_id = ComponentRule {
        id: Some("k1".to_owned()),
        was: vec!["API".to_owned()],
        name: None,
        ..rule("", false)
    };
    let rules = [was, also_by_id];
    let with = |components: Vec<Affected>| Draft { components, ..draft("x", None) };
    let one = |components| reading(&rules, vec![with(components)]).incidents[0].clone();
    let of_app = one(vec![named("conversations")]);
    assert!(!of_app.concerns_api() && of_app.components[0].name == "Ours");
    let by_name = one(vec![named("API")]);
    assert_eq!(by_name.targets.len(), 1, "a feed gives no ids");
    let another = one(vec![Affected { id: Some("k2".to_owned()), ..named("API") }]);
    assert_eq!(another.targets.len(), 0, "another id is another component");
}

#[test]
fn an_incident_of_others_models_alone_is_shown_and_none_of_ours() {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let mut names = ModelNames::none();
    names.tell_others();
    names.add(["Claude Fable 5", "Fable 5"], &[]);
    names.add(["Claude Opus 4.5"], &[TargetId::try_new("large").unwrap()]);
    let api = [ComponentRule { targets: vec![], ..rule("api", false) }];
    let context = ReadContext {
        components: &api,
        names: &names,
        ..ReadContext::new(&source, &provider, crate::tests::now())
    };
    let titled = |title: &str| {
        let draft = Draft { title: title.to_owned(), ..draft("x", Some("api")) };
        let findings = Findings {
            page: Some(ComponentState::Operational),
            components: vec![PageComponent::new(
                Some("api".into()),
                "API".into(),
                ComponentState::Operational,
            )],
            drafts: vec![Arc::new(draft)],
            ..Findings::new(Coverage::OpenOnly)
        };
        findings.reading(context, None)
    };
    let theirs = titled("Elevated errors for Fable 5");
    assert!(!theirs.incidents[0].concerns_api());
    let listed: Vec<&str> =
        theirs.incidents[0].components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(listed, ["Ours", "Claude Fable 5"], "whose it is is seen");
    assert_eq!(theirs.page, ComponentState::Operational);
    let ours = titled("Elevated errors for Fable 5 and Claude Opus 4.5");
    assert!(ours.incidents[0].concerns_api() && ours.page == ComponentState::MajorOutage);
    let unknown = titled("Elevated errors for Claude Zeta 9");
    assert!(
        unknown.incidents[0].concerns_api(),
        "of a model that nobody knows it is the provider's"
    );
}

#[test]
fn a_component_that_is_called_like_a_model_stands_for_it() {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let mut names = ModelNames::none();
    names.tell_others();
    names.add(["Kimi K3"], &[]);
    names.add(["GLM-5.3"], &[TargetId::try_new("large").unwrap()]);
    let context =
        ReadContext { names: &names, ..ReadContext::new(&source, &provider, crate::tests::now()) };
    let page = |ill: &str| {
        let state = |name: &str| {
            if name == ill { ComponentState::MajorOutage } else { ComponentState::Operational }
        };
        let listed = ["moonshotai/Kimi-K3", "zai-org/GLM-5.3", "Dedicated endpoints"];
        let findings = Findings {
            page: Some(ComponentState::PartialOutage),
            components: listed
                .map(|one| PageComponent::new(None, one.to_owned(), state(one)))
                .into(),
            ..Findings::new(Coverage::OpenOnly)
        };
        findings.reading(context, None)
    };
    assert_eq!(page("moonshotai/Kimi-K3").page, ComponentState::Operational, "nobody here uses it");
    let ours = page("zai-org/GLM-5.3");
    assert_eq!((ours.page, ours.components[0].targets.len()), (ComponentState::PartialOutage, 1));
}

/// Google's Atom, which names no products.
const UNTOLD: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:status.cloud.google.com,2026:feed</id><title>Google Cloud Service Health Updates</title><updated>2026-11-20T10:00:00Z</updated><entry><id>tag:status.cloud.google.com,2026:feed:abc.def</id><title>TITLE</title><link href="https://status.cloud.google.com/incidents/abc"/><updated>2026-11-20T10:00:00Z</updated><summary type="html">Errors are elevated.</summary></entry></feed>"#;

fn google(title: &str) -> Reading {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let rules = [ComponentRule { name: Some("Vertex Gemini API".to_owned()), ..rule("Z0", true) }];
    let context = ReadContext {
        components: &rules,
        ..ReadContext::new(&source, &provider, crate::tests::now())
    };
    read(Platform::GoogleCloud, context, UNTOLD.replace("TITLE", title).as_bytes()).unwrap()
}

#[test]
fn a_shared_page_that_does_not_say_whose_an_open_incident_is_is_unknown() {
    let untold = google("Multiple products are slow");
    assert_eq!((untold.page, untold.coverage), (ComponentState::Unknown, Coverage::NotGiven));
    assert_eq!(untold.incidents, [], "it is not called ours either");
    let over = google("RESOLVED: Multiple products are slow");
    assert_eq!((over.page, over.coverage), (ComponentState::Operational, Coverage::NotGiven));
    let ours = google("Vertex Gemini API is down");
    assert_eq!(ours.page, ComponentState::DegradedPerformance, "its title says whose");
    assert_eq!(ours.incidents[0].targets.len(), 1);
    assert_eq!(google("MyVertex Gemini APIs").incidents, []);
}

#[test]
fn a_feed_tells_whose_an_incident_is_that_the_pages_json_leaves_open() {
    let source = SourceId::try_new("s").unwrap();
    let provider = ProviderId::try_new("p").unwrap();
    let app = [ComponentRule {
        id: None,
        was: vec!["Conversations".to_owned()],
        serves: false,
        targets: vec![],
        ..rule("", false)
    }];
    let context = ReadContext {
        components: &app,
        ..ReadContext::new(&source, &provider, crate::tests::now())
    };
    let json = r#"{"page":{"id":"p","url":"https://status.example.test"},"status":{"indicator":"minor"},"components":[{"id":"01JMXBRMFE6N2NNT7DG6XZQ6PW","name":"Responses","status":"operational"},{"id":"01JMXBS4DDDPQNQ6ZYVPQJ0KDT","name":"Conversations","status":"operational"}],"incidents":[{"id":"01M2DV6788RRSDZ5K98S5HN0A9","name":"Errors in chats","status":"investigating","impact":"none","created_at":"2026-11-20T10:00:00Z","updated_at":"2026-11-20T10:00:00Z","incident_updates":[{"id":"u","status":"investigating","body":"We look.","created_at":"2026-11-20T10:00:00Z"}]}]}"#;
    let feed = r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>https://status.example.test/</id><title>Example status</title><generator>incident.io</generator><updated>2026-11-20T10:00:00Z</updated><entry><title>Errors in chats</title><id>https://status.example.test//incidents/01M2DV6788RRSDZ5K98S5HN0A9</id><link href="https://status.example.test//incidents/01M2DV6788RRSDZ5K98S5HN0A9"/><updated>2026-11-20T10:00:00Z</updated><content type="html">&lt;b&gt;Status: Investigating&lt;/b&gt;&lt;br/&gt;We look.&lt;br/&gt;&lt;b&gt;Affected components&lt;/b&gt;&lt;ul&gt;&lt;li&gt;Conversations (Degraded performance)&lt;/li&gt;&lt;/ul&gt;</content></entry></feed>"#;
    let json = read(Platform::IncidentIo, context, json.as_bytes()).unwrap();
    assert_eq!(json.page, ComponentState::DegradedPerformance, "by itself it is the provider's");
    let feed = read(Platform::IncidentIo, context, feed.as_bytes()).unwrap();
    let both = merge(json, feed);
    assert_eq!(both.incidents.len(), 1);
    assert_eq!(both.page, ComponentState::Operational, "it is the app's");
}
