/** The exchanges in flight, linked among themselves: one is put in and taken out with each request. */

export interface Linked<T> {
  previous: T | undefined;
  next: T | undefined;
}

export class ExchangeList<T extends Linked<T>> {
  #first: T | undefined;

  add(exchange: T): void {
    exchange.next = this.#first;
    if (this.#first !== undefined) this.#first.previous = exchange;
    this.#first = exchange;
  }

  remove(exchange: T): void {
    const { previous, next } = exchange;
    if (previous !== undefined) previous.next = next;
    else if (this.#first === exchange) this.#first = next;
    if (next !== undefined) next.previous = previous;
    exchange.previous = undefined;
    exchange.next = undefined;
  }

  /** `visit` may take the visited one out. */
  each(visit: (exchange: T) => void): void {
    for (let exchange = this.#first; exchange !== undefined; ) {
      const { next } = exchange;
      visit(exchange);
      exchange = next;
    }
  }
}
