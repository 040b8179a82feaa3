// What was opened, closed in reverse, whatever happened in between.
export class Closers {
  readonly #closers: (() => void)[] = [];

  add(close: () => void): void {
    this.#closers.push(close);
  }

  keep<T extends { close(): void }>(opened: T): T {
    this.add(() => opened.close());
    return opened;
  }

  close(): void {
    for (const close of this.#closers.splice(0).reverse()) close();
  }
}
