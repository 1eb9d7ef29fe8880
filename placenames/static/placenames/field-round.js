// The day's round that was taken along: which stop is next, and which have been visited. It stays on the telephone until it is put
// away, also when the page is opened again without a signal.

export class Round {
  constructor(person, taken) {
    this.place = `geo-registry.round.${person}`;
    try {
      Object.assign(this, { id: "", title: "", stops: [], done: [], away: [], ...JSON.parse(localStorage.getItem(this.place) ?? "{}") });
    } catch {
      Object.assign(this, { id: "", title: "", stops: [], done: [], away: [] });
    }
    // The page that the telephone keeps holds the round for ever: one that goes on, or was put away, does not begin again.
    if (taken && taken.id !== this.id && !this.away.includes(taken.id)) {
      Object.assign(this, taken, { done: [] });
      this._keep();
    }
  }

  get next() {
    return this.stops.find(({ id }) => !this.done.includes(id)) ?? null;
  }

  get left() {
    return this.stops.filter(({ id }) => !this.done.includes(id));
  }

  visited(id) {
    if (!this.stops.some((stop) => stop.id === id) || this.done.includes(id)) return;
    this.done.push(id);
    this._keep();
  }

  putAway() {
    Object.assign(this, { away: [...this.away, this.id].slice(-20), id: "", title: "", stops: [], done: [] });
    this._keep();
  }

  _keep() {
    const { id, title, stops, done, away } = this;
    try {
      localStorage.setItem(this.place, JSON.stringify({ id, title, stops, done, away }));
    } catch {
      // No room: it stays in this page.
    }
  }
}
