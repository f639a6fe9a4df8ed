/** Gateways whose difference is the same, together: three equal gateways read as one block. */
import type { GatewayDiff } from "../contract";

export interface DiffGroup {
  gateways: string[];
  diff: GatewayDiff;
}

export function groupDiffs(diffs: readonly GatewayDiff[]): DiffGroup[] {
  const groups = new Map<string, DiffGroup>();
  for (const diff of diffs) {
    const { gateway, ...same } = diff;
    const key = JSON.stringify(same);
    const group = groups.get(key);
    if (group) group.gateways.push(gateway);
    else groups.set(key, { gateways: [gateway], diff });
  }
  return [...groups.values()];
}
