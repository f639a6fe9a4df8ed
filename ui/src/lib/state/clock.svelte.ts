/**
 * The engine's clock, carried on between two messages. In the sandbox it runs faster than the
 * wall; all ages and countdowns on the screen are measured on it.
 */
const TICK_MS = 1_000;
/** A fast clock is shown more often, so that ages do not jump by half a minute. */
const FAST_TICK_MS = 250;

export class EngineClock {
  /** Unix milliseconds; moves once per tick. */
  now = $state(0);
  speed = $state(1);
  #base = 0;
  #heardAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  /** What the engine said its time is. */
  set(now: number, speed: number): void {
    this.#base = now;
    this.#heardAt = performance.now();
    this.now = now;
    if (speed !== this.speed || this.#timer === undefined) {
      this.speed = speed;
      this.#restart();
    }
  }

  /** The engine's time at this moment, not at the last tick. */
  exact(): number {
    return Math.round(this.#base + (performance.now() - this.#heardAt) * this.speed);
  }

  /** Nothing is heard any more: the shown time stands still rather than being made up. */
  freeze(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  stop(): void {
    this.#stopped = true;
    this.freeze();
  }

  #restart(): void {
    clearInterval(this.#timer);
    if (this.#stopped) return;
    this.#timer = setInterval(
      () => (this.now = this.exact()),
      this.speed > 1 ? FAST_TICK_MS : TICK_MS,
    );
  }
}
