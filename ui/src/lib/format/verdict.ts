/** What belongs to a verdict, in plain words. */
import type {
  Confidence,
  Episode,
  EvidenceSource,
  FailureClass,
  Scope,
  Signature,
  Tone,
  VerdictKind,
} from "../contract";
import { percent, plural } from "./figures";
import { lengthInWords } from "./time";
import { VERDICT_TONES } from "./words";

export const SOURCE_WORDS: Record<EvidenceSource, string> = {
  probes: "probes",
  traffic: "traffic",
  status_page: "status page",
  headroom: "limits",
  witness: "own network",
};

export const SCOPE_WORDS: Record<Scope, string> = {
  model: "one model",
  several_models: "several models",
  region: "one region",
  provider: "all models",
};

export const SIGNATURE_WORDS: Record<Signature, string> = {
  capacity_exhaustion: "looks like capacity exhaustion",
  orchestration_failure: "looks like an orchestration failure",
};

export const CONFIDENCE_WORDS: Record<Confidence, string> = {
  low: "low confidence",
  medium: "medium confidence",
  high: "high confidence",
};

/** Classes whose names are no words. */
const CLASS_WORDS: Partial<Record<FailureClass, string>> = {
  dns: "name not resolved",
  tls: "TLS failed",
  connect: "no connection",
};

/** "rate limited": the class as people say it. */
export function classWords(failure: FailureClass): string {
  return CLASS_WORDS[failure] ?? failure.replaceAll("_", " ");
}

/** "−18", "+100", "0": points always with their sign, so that a sum reads as one. */
export function points(value: number): string {
  if (value === 0) return "0";
  return value < 0 ? `−${Math.abs(value)}` : `+${value}`;
}

/** The number itself is never judged here: it has the tone of the verdict beside it. */
export function scoreTone(verdict: VerdictKind, confidence: Confidence): Tone {
  return confidence === "low" ? "unknown" : VERDICT_TONES[verdict];
}

export interface Fact {
  value: string;
  label: string;
}

/** How long, how soon it was seen, how bad, how far: of an episode, for a row of figures. */
export function episodeFacts(episode: Episode, now: number): Fact[] {
  const until = episode.ended_at ?? now;
  const facts = [
    {
      value: lengthInWords(until - episode.started_at),
      label: episode.ended_at === null ? "since the first failure" : "lasted",
    },
    {
      value: lengthInWords(episode.detected_at - episode.started_at),
      label: "from first failure to verdict",
    },
  ];
  const worst = peakFact(episode);
  const reach = {
    value: SCOPE_WORDS[episode.scope],
    label: `${plural(episode.targets.length, "target")} in it`,
  };
  return worst ? [...facts, worst, reach] : [...facts, reach];
}

function peakFact(episode: Episode): Fact | null {
  const { peak } = episode;
  if (peak === null) return null;
  const label = `failed at worst (${peak.failed} of ${peak.attempts})`;
  return { value: peakWords(episode), label };
}

/** "44 %"; where nothing failed at all it was only slow. */
export function peakWords({ peak }: Episode): string {
  return peak === null ? "none failed" : `${percent(peak.failed_permille / 1_000, 0).number} %`;
}
