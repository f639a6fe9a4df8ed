/** Answers to what a person did that have no other place. A failing poll never comes here. */
import type { ApiFailure } from "../host";

export interface Toast {
  id: number;
  message: string;
  hint: string | null;
}

export class Toasts {
  shown: readonly Toast[] = $state.raw([]);
  #next = 1;

  failed(what: string, failure: ApiFailure): void {
    const toast = { id: this.#next++, message: `${what}: ${failure.message}`, hint: failure.hint };
    this.shown = [...this.shown, toast].slice(-3);
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}
