//! The words of Changeover as types, with the rules that belong to them.
//!
//! Not for decisions (policy), formats of vendors (llm, status) or anything that reads a clock,
//! a file or a socket. Everything here is plain data that cannot be half-filled, and is the same
//! in code, database, admin API and screen.

pub mod admin;
pub mod alert;
pub mod audit;
pub mod breaker;
pub mod episode;
pub mod failure;
pub mod fallback;
pub mod gateway;
pub mod hint;
pub mod id;
pub mod incident;
pub mod lever;
pub mod money;
pub mod price;
pub mod probe;
pub mod route;
pub mod sketch;
pub mod target;
pub mod time;
pub mod traffic;
pub mod verdict;

pub use alert::{
    AlertState, MaintenanceWindow, Notice, NoticeKind, OutgoingMessage, OutgoingState, Severity,
    Subject, SubjectError,
};
pub use audit::{AuditAction, AuditEntry};
pub use breaker::{BreakerReport, BreakerState, ForcedBreaker, ForcedState};
pub use episode::{Episode, EpisodePeak};
pub use failure::{FailureClass, Outcome, Whose};
pub use fallback::{FallbackCause, FallbackCost, FallbackPeriod};
pub use gateway::{Convergence, ConvergenceStep};
pub use hint::{PageHint, WebhookPlatform};
pub use id::{
    EpisodeId, GatewayId, IdError, IncidentId, OutgoingId, PeriodId, ProviderId, RequestId,
    RouteId, SinkId, SourceId, TargetId, WindowId,
};
pub use incident::{
    ComponentState, Impact, Incident, IncidentState, IncidentUpdate, Maintenance, MaintenanceState,
    PageComponent, SourceState, StartBasis, StatusStep, StatusTransition, WrittenTime,
};
pub use lever::{Generation, OnExpiry, Override, OverrideError};
pub use money::Nanodollars;
pub use price::TokenPrices;
pub use probe::{LimitLeft, LimitsLeft, ProbeKind, ProbePhases, ProbeSample, ProbeValidity};
pub use route::{Criticality, Mode, Route};
pub use sketch::{LatencySketch, SketchError};
pub use target::{Capabilities, Provider, ProviderKind, Slo, Target, TokenUsage};
pub use time::UnixMs;
pub use traffic::{BucketKey, FailedAttempts, TrafficBucket};
pub use verdict::{Confidence, Evidence, EvidenceSource, Scope, Signature, Verdict, VerdictKind};
