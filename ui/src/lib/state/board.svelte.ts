/**
 * The engine's state as the screens see it: a snapshot, kept current by numbered events. Nothing
 * here judges, measures or prices; it only puts pieces in their places.
 */
import type {
  AlertView,
  Change,
  EngineChanged,
  FallbackPeriod,
  GatewayView,
  Headline,
  Incident,
  IncidentId,
  IncidentView,
  MaintenanceWindow,
  OverrideView,
  ProviderView,
  RouteView,
  SandboxView,
  Snapshot,
  SourceState,
  Sparkline,
  TargetView,
  Timeline,
  Undelivered,
  Verdict,
  WebhooksView,
  WitnessView,
} from "../contract";
import { EngineClock } from "./clock.svelte";
import { Collection, sameJson } from "./collection.svelte";

export type Applied = "applied" | "known" | "gap";

export class Board {
  readonly clock = new EngineClock();
  /** Whether a snapshot was ever taken; until then there is nothing to show. */
  filled = $state(false);
  sequence = -1;
  operator = $state("");
  headline: Headline | null = $state.raw(null);
  sandbox: SandboxView | null = $state.raw(null);
  timeline: Timeline | null = $state.raw(null);
  witness: WitnessView | null = $state.raw(null);
  readonly providers = new Collection<ProviderView>((provider) => provider.id);
  readonly targets = new Collection<TargetView>((target) => target.id);
  readonly sparklines = new Collection<Sparkline>((sparkline) => sparkline.target);
  readonly routes = new Collection<RouteView>((route) => route.id);
  readonly gateways = new Collection<GatewayView>((gateway) => gateway.id);
  readonly overrides = new Collection<OverrideView>((override) => override.route);
  readonly incidents = new Collection<IncidentView>((incident) => incidentKey(incident.id));
  /** Planned work that pages announce. */
  readonly pageMaintenance = new Collection<Incident>((planned) => incidentKey(planned.id));
  readonly sources = new Collection<SourceState>((source) => source.id);
  webhooks: WebhooksView | null = $state.raw(null);
  readonly verdicts = new Collection<Verdict>((verdict) => verdict.target);
  readonly periods = new Collection<FallbackPeriod>((period) => period.id);
  readonly alerts = new Collection<AlertView>((alert) => alert.key);
  readonly windows = new Collection<MaintenanceWindow>((window) => window.id);
  readonly undelivered = new Collection<Undelivered>((undelivered) => undelivered.sink);

  /** What people call it; its id where it is not configured any more. Bound, to be handed around. */
  readonly providerName = (id: string): string => this.providers.get(id)?.name ?? id;

  take(snapshot: Snapshot): void {
    this.sequence = snapshot.sequence;
    this.clock.set(snapshot.now, snapshot.speed);
    this.operator = snapshot.operator;
    this.#single("headline", snapshot.headline);
    this.#single("sandbox", snapshot.sandbox);
    this.#single("timeline", snapshot.timeline);
    this.#single("witness", snapshot.witness);
    this.providers.replace(snapshot.providers);
    this.targets.replace(snapshot.targets);
    this.sparklines.replace(snapshot.sparklines);
    this.routes.replace(snapshot.routes);
    this.gateways.replace(snapshot.gateways);
    this.overrides.replace(snapshot.overrides);
    this.incidents.replace(snapshot.incidents);
    this.pageMaintenance.replace(snapshot.page_maintenance);
    this.sources.replace(snapshot.sources);
    this.#single("webhooks", snapshot.webhooks);
    this.verdicts.replace(snapshot.verdicts);
    this.periods.replace(snapshot.periods);
    this.alerts.replace(snapshot.alerts);
    this.windows.replace(snapshot.windows);
    this.undelivered.replace(snapshot.undelivered);
    this.filled = true;
  }

  /** `gap`: something was missed; nothing was changed, and the whole must be fetched again. */
  apply(event: EngineChanged): Applied {
    if (event.sequence <= this.sequence) return "known";
    if (event.sequence !== this.sequence + 1) return "gap";
    this.sequence = event.sequence;
    this.clock.set(event.now, event.speed);
    for (const change of event.changes) this.#change(change);
    return "applied";
  }

  #single<Key extends "headline" | "sandbox" | "timeline" | "webhooks" | "witness">(
    key: Key,
    value: this[Key],
  ): void {
    if (!sameJson(this[key], value)) this[key] = value;
  }

  #change(change: Change): void {
    switch (change.piece) {
      case "headline":
        return this.#single("headline", change.value);
      case "sandbox":
        return this.#single("sandbox", change.value);
      case "timeline":
        return this.#single("timeline", change.value);
      case "witness":
        return this.#single("witness", change.value);
      case "provider":
        return this.providers.put(change.value);
      case "target":
        return this.targets.put(change.value);
      case "sparkline":
        return this.sparklines.put(change.value);
      case "route":
        return this.routes.put(change.value);
      case "gateway":
        return this.gateways.put(change.value);
      case "override":
        return this.overrides.put(change.value);
      case "override_gone":
        return this.overrides.remove(change.value);
      case "incident":
        return this.incidents.put(change.value);
      case "incident_gone":
        return this.incidents.remove(incidentKey(change.value));
      case "page_maintenance":
        return this.pageMaintenance.put(change.value);
      case "page_maintenance_gone":
        return this.pageMaintenance.remove(incidentKey(change.value));
      case "source":
        return this.sources.put(change.value);
      case "webhooks":
        return this.#single("webhooks", change.value);
      case "verdict":
        return this.verdicts.put(change.value);
      case "period":
        return this.periods.put(change.value);
      case "period_gone":
        return this.periods.remove(change.value);
      case "alert":
        return this.alerts.put(change.value);
      case "alert_gone":
        return this.alerts.remove(change.value);
      case "window":
        return this.windows.put(change.value);
      case "window_gone":
        return this.windows.remove(change.value);
      case "undelivered":
        return this.undelivered.put(change.value);
    }
  }
}

export function incidentKey(id: IncidentId): string {
  return `${id.source} ${id.native}`;
}
