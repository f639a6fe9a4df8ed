//! What is worth a notification: a provider's trouble, and its end.
//!
//! Not for: doing anything about it. A notification informs; a lever is pulled in the window, by a
//! person who saw the plan.
//!
//! The rule it keeps: each trouble is told once. "Unknown" is neither trouble nor its end: not
//! knowing must not read as "all is well again".

use std::collections::BTreeMap;

use changeover_domain::{ProviderId, VerdictKind};
use changeover_engine::contract::ProviderView;

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// What has been told of each provider.
#[derive(Debug)]
pub(crate) struct News(BTreeMap<ProviderId, VerdictKind>);

impl News {
    /// Begins with what is so already: that stands on the board and is no news.
    pub(crate) fn since(providers: &[ProviderView]) -> Self {
        let known = providers.iter().filter(|provider| provider.verdict != VerdictKind::Unknown);
        Self(known.map(|provider| (provider.id.clone(), provider.verdict)).collect())
    }

    /// The news of one provider, if it is any.
    pub(crate) fn of(&mut self, provider: &ProviderView) -> Option<Note> {
        let verdict = provider.verdict;
        if verdict == VerdictKind::Unknown {
            return None;
        }
        let told = self.0.insert(provider.id.clone(), verdict);
        let was_well = told.is_none_or(|told| told == VerdictKind::Operating);
        let is_well = verdict == VerdictKind::Operating;
        if told == Some(verdict) || (was_well && is_well) {
            return None;
        }
        Some(Note {
            title: format!("{}: {}", provider.name, provider.summary),
            text: provider.evidence.clone().unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{ComponentState, ProviderKind, Scope, UnixMs};

    use super::*;

    fn provider(verdict: VerdictKind) -> ProviderView {
        ProviderView {
            id: ProviderId::try_new("anthropic").unwrap(),
            name: "Anthropic".to_owned(),
            kind: ProviderKind::Anthropic,
            verdict,
            scope: Scope::Provider,
            since: UnixMs(0),
            summary: "their outage, all models".to_owned(),
            evidence: Some("529 in 9 of 10 probes".to_owned()),
            page: ComponentState::Unknown,
            page_read_at: None,
            page_unreadable: false,
            page_watched: true,
            probes_rest_until: None,
            carrying: Vec::new(),
        }
    }

    fn told(news: &mut News, verdicts: &[VerdictKind]) -> Vec<bool> {
        let each = verdicts.iter().map(|verdict| news.of(&provider(*verdict)).is_some());
        each.collect()
    }

    #[test]
    fn trouble_and_its_end_are_told_once_each() {
        use VerdictKind::{Operating, TheirOutage};
        let mut news = News::since(&[provider(Operating)]);
        let seen = [TheirOutage, TheirOutage, Operating, Operating];
        assert_eq!(told(&mut news, &seen), [true, false, true, false]);
    }

    #[test]
    fn trouble_of_another_kind_is_news() {
        use VerdictKind::{OurQuota, TheirDegradation, TheirOutage};
        let mut news = News::since(&[]);
        let seen = [TheirDegradation, TheirOutage, OurQuota];
        assert_eq!(told(&mut news, &seen), [true, true, true]);
    }

    #[test]
    fn not_knowing_is_no_end_of_trouble() {
        use VerdictKind::{Operating, TheirOutage, Unknown};
        let mut news = News::since(&[provider(Unknown)]);
        let seen = [Operating, TheirOutage, Unknown, TheirOutage, Unknown, Operating];
        assert_eq!(told(&mut news, &seen), [false, true, false, false, false, true]);
    }

    #[test]
    fn a_trouble_that_was_there_at_the_start_is_no_news_but_its_end_is() {
        use VerdictKind::{Operating, TheirOutage};
        let mut news = News::since(&[provider(TheirOutage)]);
        assert_eq!(told(&mut news, &[TheirOutage, Operating]), [false, true]);
    }

    #[test]
    fn a_note_names_the_provider_and_the_evidence() {
        let note = News::since(&[]).of(&provider(VerdictKind::TheirOutage)).unwrap();
        assert_eq!(note.title, "Anthropic: their outage, all models");
        assert_eq!(note.text, "529 in 9 of 10 probes");
    }
}
