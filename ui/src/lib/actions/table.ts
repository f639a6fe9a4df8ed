/** The table of actions of a session. Levers and scenarios join as they are known. */
import type { GatewayView } from "../contract";
import { intentFor, positionOf } from "../state/lever_intent";
import { VIEW_KEYS, VIEW_TITLES, VIEWS } from "../state/router.svelte";
import type { Session } from "../state/session.svelte";
import type { Action } from "./action";
import { focusLever, moveThroughRows } from "./rows";

export function actionTable(session: Session): Action[] {
  return [
    ...goTo(session),
    ...levers(session),
    ...looks(session),
    ...alerts(session),
    ...sandbox(session),
    ...general(session),
    ...rows(session),
  ];
}

function general(session: Session): Action[] {
  const everywhere = { scope: "everywhere", dangerous: false } as const;
  return [
    {
      ...everywhere,
      id: "palette.open",
      title: "Find an action",
      keys: "Ctrl+K",
      run: () => (session.overlay = "palette"),
    },
    {
      ...everywhere,
      id: "request.find",
      title: "Look a request up by its id …",
      keys: "/",
      run: () => (session.overlay = "request"),
    },
    {
      ...everywhere,
      id: "help.open",
      title: "Show all keys",
      keys: "?",
      run: () => (session.overlay = "help"),
    },
    {
      ...everywhere,
      id: "snapshot.refresh",
      title: "Fetch the whole state again",
      keys: "r",
      run: () => void session.connection.refresh(),
    },
  ];
}

function goTo(session: Session): Action[] {
  return VIEWS.map((view) => ({
    id: `${view}.show`,
    title: `Go to ${VIEW_TITLES[view]}`,
    keys: `g ${VIEW_KEYS[view]}`,
    scope: "everywhere",
    dangerous: false,
    run: () => session.router.go(view),
  }));
}

function rows(session: Session): Action[] {
  const common = { scope: "everywhere", dangerous: false } as const;
  return [
    { ...common, id: "row.next", title: "Next row", keys: "j", run: () => moveThroughRows(1) },
    {
      ...common,
      id: "row.previous",
      title: "Row before",
      keys: "k",
      run: () => moveThroughRows(-1),
    },
    {
      ...common,
      id: "trouble.next",
      title: "Next target in trouble",
      keys: "t",
      run: () => void session.showTrouble(),
    },
  ];
}

function levers(session: Session): Action[] {
  return session.board.routes.all.flatMap((route, index) => {
    const view = session.board.overrides.get(route.id);
    const now = positionOf(view);
    const pull = (id: string, title: string, run: () => void): Action => ({
      id,
      title,
      keys: null,
      scope: "everywhere",
      dangerous: true,
      run,
    });
    const focus: Action = {
      id: `lever.focus.${route.id}`,
      title: `Put the hand on the lever of ${route.id}`,
      keys: index < 9 ? String(index + 1) : null,
      scope: "board",
      dangerous: false,
      run: () => focusLever(index),
    };
    const targets = route.targets
      .filter((target) => target !== now.target)
      .map((target) =>
        pull(`lever.set.${route.id}.${target}`, `Switch ${route.id} to ${target} …`, () =>
          session.pull(intentFor(route.id, target, now.mode)),
        ),
      );
    const back = pull(`lever.clear.${route.id}`, `Return ${route.id} to auto …`, () =>
      session.pull({ kind: "clear", route: route.id }),
    );
    return [focus, ...targets, ...(now.held ? [back] : [])];
  });
}

/** Sheets that change nothing: a target's triage, a provider's own words. */
function looks(session: Session): Action[] {
  const common = { keys: null, scope: "everywhere", dangerous: false } as const;
  const triages = session.board.targets.all.map(({ id }) => ({
    ...common,
    id: `triage.open.${id}`,
    title: `Triage ${id}: why, and what to do`,
    run: () => session.triage(id),
  }));
  const pages = session.board.providers.all.map(({ id, name }) => ({
    ...common,
    id: `page.open.${id}`,
    title: `Read what ${name} says of itself`,
    run: () => session.showProvider(id),
  }));
  return [...triages, ...pages];
}

/** Leads to the alert with its form open; nothing is acknowledged by a key alone. */
function alerts(session: Session): Action[] {
  const open = session.board.alerts.all.filter(
    ({ state, acknowledged, covered_by }) =>
      state === "firing" && acknowledged === null && covered_by === null,
  );
  return open.map(({ key, title }) => ({
    id: `alert.acknowledge.${key}`,
    title: `Acknowledge “${title}” …`,
    keys: null,
    scope: "everywhere",
    dangerous: false,
    run: () => session.router.go("alerts", key),
  }));
}

function sandbox(session: Session): Action[] {
  const world = session.board.sandbox;
  const common = { keys: null, scope: "everywhere", dangerous: false } as const;
  const plays = (world?.scenarios ?? []).map((scenario) => ({
    ...common,
    id: `sandbox.play.${scenario.id}`,
    title: `Sandbox: play “${scenario.title}”`,
    run: () => {
      session.scenario = scenario.id;
      void session.play(scenario.id, null);
    },
  }));
  const speeds = (world?.speeds ?? []).map((speed) => ({
    ...common,
    id: `sandbox.speed.${speed}`,
    title: `Sandbox: run ${speed}× as fast as the wall clock`,
    run: () => void session.play(null, speed),
  }));
  const gateways = world === null ? [] : session.board.gateways.all.map(crashOrStart);
  return [...plays, ...speeds, ...gateways];

  function crashOrStart({ id, reachability }: GatewayView): Action {
    const up = reachability === "unreachable";
    const title = up ? `Sandbox: start gateway ${id} again` : `Sandbox: crash gateway ${id}`;
    const run = () => void session.switchGateway(id, up);
    return { ...common, id: `sandbox.gateway.${id}`, title, run };
  }
}
