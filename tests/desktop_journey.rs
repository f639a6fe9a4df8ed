//! The main job, once, in the real window and by mouse: see, judge, switch, prove, put back, read
//! what it cost, and find it again after a restart. And the two ways between the window and the
//! desktop around it: a notification that leads in, and links that lead out.
//!
//! The browser's journeys do the same by keyboard; these hold the desktop's own half: the shell, its
//! web view, its one command and its one channel. There is a driver for it on Linux only.

#![cfg(target_os = "linux")]

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use changeover_journeys::desktop::{Desktop, Locator, Window, WindowError, app_under_test};

/// Longer than the button asks for.
const HOLD: Duration = Duration::from_millis(1_500);

/// Times as fast as the wall clock.
const SPEED: &str = "10";

/// For so long after its end a period's cost may still be corrected.
const LATE_S: i64 = 200;

const HEADER: Locator<'_> = Locator::Css("header");
const ANTHROPIC: Locator<'_> = Locator::XPath("//th[@scope='rowgroup'][.//b='Anthropic']");
const CHAT: Locator<'_> = Locator::XPath("//article[.//h3='chat']");
const SHEET: Locator<'_> = Locator::Css("[role='dialog']");
const PERIOD: Locator<'_> =
    Locator::XPath("//tbody/tr[td='chat'][td[contains(., 'gpt-main')]][td[contains(., 'manual')]]");

#[tokio::test]
async fn a_provider_fails_chat_is_switched_by_mouse_proved_put_back_and_remembered()
-> Result<(), Box<dyn Error>> {
    let Some(app) = app_under_test() else { return Ok(()) };
    let desktop = Desktop::start().await?;
    let data = tempfile::tempdir()?;
    let window = open(&desktop, &app, data.path()).await?;

    play(&window, "Platform outage").await?;
    let judged = window.read(ANTHROPIC, "their outage").await?;
    assert!(judged.contains("status page silent"), "their page said nothing, yet: {judged}");

    switch_chat_to(&window, "gpt-main", "500s on all Claude models, their page silent").await?;
    window
        .read_until(CHAT, |lever| failing_percent(lever).is_some_and(|share| share < 1.0))
        .await?;

    play(&window, "Calm").await?;
    window.read(ANTHROPIC, "operating").await?;
    switch_chat_to(&window, "auto", "Anthropic answers again").await?;

    window.click(screen("Fallbacks")).await?;
    window.read_until(PERIOD, |row| !row.is_empty() && !row.contains("now")).await?;
    // The last requests of a period are told by the gateways a little after its end.
    let ended =
        clock_seconds(&window.read(HEADER, " UTC").await?).ok_or("no clock in the header")?;
    window
        .read_until(HEADER, |header| {
            clock_seconds(header).is_some_and(|now| (now - ended).rem_euclid(86_400) >= LATE_S)
        })
        .await?;
    let bill = window.read(PERIOD, "chat").await?;
    assert_eq!(bill.matches('$').count(), 2, "cost and premium are both known: {bill}");
    let chain = audit_chain(&window).await?;
    window.close().await?;

    let window = open(&desktop, &app, data.path()).await?;
    window.click(screen("Fallbacks")).await?;
    assert_eq!(window.read(PERIOD, "chat").await?, bill, "the ledger is as it was");
    let chain_after = audit_chain(&window).await?;
    assert!(chain_after.ends_with(&chain), "the audit is as it was, and longer by the start");
    window.click(Locator::XPath("//button[.='Verify the chain']")).await?;
    window.read(Locator::Css("body"), "all links hold").await?;
    window.close().await?;
    Ok(())
}

/// The alert to which the window was led: what can be done about it stands open.
const LED_TO: Locator<'_> = Locator::XPath("//article[.//button[@aria-expanded='true']]");
const WAY_OUT: Locator<'_> = Locator::Css("#way-out");
const TITLE: &str = "Changeover";

#[tokio::test]
async fn a_click_on_a_notification_brings_the_window_to_its_alert_and_only_https_leads_out()
-> Result<(), Box<dyn Error>> {
    let Some(app) = app_under_test() else { return Ok(()) };
    let desktop = Desktop::start().await?;
    let data = tempfile::tempdir()?;
    let window = open(&desktop, &app, data.path()).await?;
    window.see(ANTHROPIC).await?;

    play(&window, "Platform outage").await?;
    let told = desktop.notifications().see(|shown| shown.title.contains("Anthropic")).await?;
    assert!(told.clickable, "a click on it is of use: {told:?}");
    desktop.screen().put_away(TITLE).await?;
    desktop.notifications().click(&told).await?;
    desktop.screen().until_in_sight(TITLE).await?;
    window.read(LED_TO, "Anthropic").await?;
    window.read(HEADER, " UTC").await?;

    let place = window.client().current_url().await?;
    let outward = "https://status.example.com/incidents/1?from=board#now";
    lead_out(&window, outward, "_blank").await?;
    desktop.browser().until_opened(outward).await?;
    for (address, frame) in [
        ("http://status.example.com/", "_blank"),
        ("https://somebody:secret@status.example.com/", "_blank"),
        ("file:///etc/passwd", "_blank"),
        ("javascript:document.title='changed'", "_blank"),
        ("https://elsewhere.example.com/", "_self"),
        ("http://elsewhere.example.com/", "_top"),
        ("data:text/html,elsewhere", "_self"),
    ] {
        lead_out(&window, address, frame).await?;
        window.read(LED_TO, "Anthropic").await?;
        assert_eq!(window.client().current_url().await?, place, "{address} led away");
    }
    let last = "https://status.example.com/history";
    lead_out(&window, last, "_blank").await?;
    desktop.browser().until_opened(last).await?;
    assert_eq!(desktop.browser().opened(), [outward, last], "and nothing else was opened");
    assert_eq!(window.client().current_url().await?, place, "the window stayed where it was");
    window.close().await?;
    Ok(())
}

/// Puts a link of a status page's into the page, and clicks it.
async fn lead_out(window: &Window, address: &str, frame: &str) -> Result<(), Box<dyn Error>> {
    let put = "
        document.querySelector('#way-out')?.remove();
        const link = document.createElement('a');
        Object.assign(link, { id: 'way-out', href: arguments[0], target: arguments[1] });
        link.rel = 'noopener noreferrer';
        link.textContent = 'out';
        link.style = 'position: fixed; inset: 0 auto auto 0; z-index: 99999; padding: 1em';
        document.body.append(link);";
    let asked = vec![address.into(), frame.into()];
    window.client().execute(put, asked).await?;
    Ok(window.click(WAY_OUT).await?)
}

async fn open(desktop: &Desktop, app: &Path, data_dir: &Path) -> Result<Window, Box<dyn Error>> {
    let data_dir = data_dir.to_str().ok_or("the test's folder has a strange name")?;
    Ok(desktop.open(app, &["--data-dir", data_dir, "--speed", SPEED]).await?)
}

async fn play(window: &Window, scenario: &str) -> Result<(), WindowError> {
    window.choose(Locator::Css("section[aria-label='Sandbox'] select"), scenario).await?;
    window.click(Locator::XPath("//button[starts-with(normalize-space(), 'Play')]")).await?;
    window.see(Locator::XPath("//button[normalize-space()='Play again']")).await?;
    Ok(())
}

/// Opens the plan, gives the reason, holds, and waits until traffic has proved it everywhere.
async fn switch_chat_to(window: &Window, target: &str, reason: &str) -> Result<(), WindowError> {
    let segment = format!(
        "//article[.//h3='chat']//*[@aria-label='Target of chat']//button[starts-with(., '{target}')]"
    );
    window.click(Locator::XPath(&segment)).await?;
    window.fill(Locator::XPath("//label[span='Reason']/input"), reason).await?;
    let ready = "//button[starts-with(normalize-space(), 'Hold to')][not(@disabled)]";
    window.hold(Locator::XPath(ready), HOLD).await?;
    window.read(SHEET, "Done.").await?;
    window.click(Locator::XPath("//*[@role='dialog']//button[.='Close']")).await
}

fn screen(title: &str) -> Locator<'_> {
    Locator::LinkText(title)
}

/// The links of the chain, newest first.
async fn audit_chain(window: &Window) -> Result<Vec<String>, WindowError> {
    window.click(screen("Audit")).await?;
    window.see(Locator::Css("td.hash")).await?;
    window.texts(Locator::Css("td.hash")).await
}

/// The clock in the header, as seconds of the day: `14:22:07 UTC`.
fn clock_seconds(header: &str) -> Option<i64> {
    let (before, _) = header.split_once(" UTC")?;
    let clock = before.split_whitespace().next_back()?;
    clock.split(':').try_fold(0, |sum, part| Some(sum * 60 + part.parse::<i64>().ok()?))
}

/// What the lever says of its route's requests: `0.4 % failing`, or `<0.1 % failing`.
fn failing_percent(lever: &str) -> Option<f64> {
    let (before, _) = lever.split_once(" % failing")?;
    before.split_whitespace().next_back()?.trim_start_matches('<').parse().ok()
}
