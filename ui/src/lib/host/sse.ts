/**
 * Server-sent events out of a byte stream, for requests that need a header, which the browser's
 * EventSource cannot send. Only `data` matters here; ids and event names are not used.
 */

/** An event longer than this is not ours. */
const LONGEST_EVENT = 8 * 1024 * 1024;

export async function* readServerSentEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void = () => undefined,
): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      buffer += decoder.decode(value, { stream: true }).replaceAll("\r", "");
      const blocks = buffer.split("\n\n");
      buffer = blocks.pop() ?? "";
      if (buffer.length > LONGEST_EVENT) throw new Error("an event was too long");
      for (const block of blocks) {
        const data = dataOf(block);
        if (data !== null) yield data;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function dataOf(block: string): string | null {
  const lines = block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(line.startsWith("data: ") ? 6 : 5));
  return lines.length > 0 ? lines.join("\n") : null;
}
