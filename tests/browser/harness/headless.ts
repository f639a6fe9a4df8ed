/** changeover-headless as a process of its own: started, asked, stopped and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { CommandName, Commands } from "../../../ui/src/lib/contract";

const ROOT = path.resolve(__dirname, "../../..");
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;

function binary(): string {
  const chosen =
    process.env.CHANGEOVER_HEADLESS ?? path.join(ROOT, "target/debug/changeover-headless");
  if (!existsSync(chosen)) {
    throw new Error(
      `${chosen} is not there: run \`cargo build -p changeover-headless\`, or name it in CHANGEOVER_HEADLESS`,
    );
  }
  return chosen;
}

export class Headless {
  readonly #dataDir: string;
  #process: ChildProcess | null = null;
  #log: string[] = [];
  url = "";
  token = "";

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** The address that a person opens. */
  get address(): string {
    return `${this.url}/#token=${this.token}`;
  }

  /** What the process wrote to its error stream. */
  get log(): string {
    return this.#log.join("\n");
  }

  async start(): Promise<void> {
    const data = ["--data-dir", this.#dataDir];
    const options = ["serve", "--sandbox", "--listen", "127.0.0.1:0", ...data];
    const child = spawn(binary(), options, {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process = child;
    createInterface({ input: child.stderr! }).on("line", (line) => this.#log.push(line));
    const ready = await this.#ready(child);
    this.url = ready.url;
    this.token = ready.token;
  }

  /** As the system stops a program; resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill("SIGTERM");
    const last = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await gone;
    clearTimeout(last);
  }

  /** Asks the engine past the screens, as another console would. */
  async call<Name extends CommandName>(
    command: Name,
    request: Commands[Name]["request"],
  ): Promise<Commands[Name]["response"]> {
    const response = await fetch(`${this.url}/api/${command}`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(request),
    });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Commands[Name]["response"];
  }

  #ready(child: ChildProcess): Promise<{ url: string; token: string }> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => {
        child.kill("SIGKILL");
        reject(new Error(`changeover-headless ${why}\n${this.log}`));
      };
      const timer = setTimeout(() => fail("was not ready in time"), READY_WITHIN_MS);
      child.once("exit", (code) => fail(`ended with ${code} before it was ready`));
      createInterface({ input: child.stdout! }).once("line", (line) => {
        clearTimeout(timer);
        child.removeAllListeners("exit");
        resolve(JSON.parse(line) as { url: string; token: string });
      });
    });
  }
}
