// What a client was told, and bounded waiting for it.

const PATIENCE_MS = 20_000;

export class Inbox {
  #items = [];
  #waiting = [];

  /** Takes what comes; for use as a callback. */
  put = (item) => {
    const reader = this.#waiting.shift();
    if (reader) reader.resolve(item);
    else this.#items.push(item);
  };

  /** The next item, in the order in which they came. */
  next() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    return within("nothing came", new Promise((resolve) => this.#waiting.push({ resolve })));
  }

  /** Whether nothing came that was not asked for. */
  get isEmpty() {
    return this.#items.length === 0;
  }
}

/** The promise, or an error when it takes too long. */
export function within(complaint, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${complaint} within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
