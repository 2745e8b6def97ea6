const REPEAT_AFTER_MS = 15_000;

/**
 * Tells a person what set-up is doing and how long it took. A terminal gets one line per step that counts up in place;
 * a log gets the first line, the count now and then, and the last.
 * @param {{ out?: { write(text: string): unknown, isTTY?: boolean }, now?: () => number }} [options]
 */
export function createProgress({ out = process.stderr, now = () => performance.now() } = {}) {
  const print = (text) => out.write(text);
  return {
    /** One finished sentence about a topic. */
    say(topic, text) {
      print(`${topic}: ${text}\n`);
    },
    /** Begins a step that takes long enough to wonder about. */
    step(topic, text) {
      const startedAt = now();
      let printedAt = startedAt;
      print(out.isTTY ? `${topic}: ${text}…` : `${topic}: ${text}…\n`);
      return {
        count(done, total) {
          if (out.isTTY) {
            print(`\r${topic}: ${text}…  ${done}/${total}`);
          } else if (now() - printedAt >= REPEAT_AFTER_MS) {
            printedAt = now();
            print(`${topic}: ${text}…  ${done}/${total}\n`);
          }
        },
        done(result = 'done') {
          const took = `${((now() - startedAt) / 1000).toFixed(1)} s`;
          print(out.isTTY ? `\r\u001b[K${topic}: ${result} (${took})\n` : `${topic}: ${result} (${took})\n`);
        },
        failed() {
          if (out.isTTY) print('\n');
        },
      };
    },
  };
}

/** @typedef {ReturnType<typeof createProgress>} Progress */
