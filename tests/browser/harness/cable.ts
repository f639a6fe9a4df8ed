/** A connection to the engine that a test can cut and mend. */
import { createServer, type Server, Socket } from "node:net";

export class Cable {
  readonly #target: URL;
  readonly #ends = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  constructor(url: string) {
    this.#target = new URL(url);
  }

  /** Where the engine is reached through the cable; the same after mending. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async mend(): Promise<void> {
    const server = createServer((near) => {
      const far = new Socket();
      for (const end of [near, far]) {
        this.#ends.add(end);
        end.on("error", () => end.destroy());
        end.on("close", () => (near.destroy(), far.destroy(), this.#ends.delete(end)));
      }
      far.connect(Number(this.#target.port), this.#target.hostname);
      near.pipe(far).pipe(near);
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const end of this.#ends) end.destroy();
    await closed;
  }
}
