// What has been drawn and not saved: changes by key, steps back and forward, kept in the browser over reloads.

const STEPS = 200;

export class Draft extends EventTarget {
  constructor(person) {
    super();
    this.person = person;
    this.place = `geo-registry.drawing.${person}`;
    this.changes = new Map();
    this.past = [];
    this.future = [];
    this.said = {};
    this.replaces = null;
    this.kept = true;
    this.number = 0;
  }

  /** Take what the browser kept; returns when it was kept, or `null`. */
  restore() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.place) ?? "null");
      if (!kept?.changes?.length) return null;
      this.changes = new Map(kept.changes.map((change) => [change.key, change]));
      this.said = kept.said ?? {};
      this.replaces = kept.replaces ?? null;
      this.number = kept.number ?? this.changes.size;
      return kept.at;
    } catch {
      return null;
    }
  }

  keep() {
    try {
      if (this.changes.size) {
        localStorage.setItem(
          this.place,
          JSON.stringify({ at: new Date().toISOString(), changes: this.list(), said: this.said, replaces: this.replaces, number: this.number }),
        );
      } else {
        localStorage.removeItem(this.place);
      }
      this.kept = true;
    } catch {
      this.kept = false;
    }
  }

  list() {
    return [...this.changes.values()];
  }

  get(key) {
    return this.changes.get(key);
  }

  newKey(layer) {
    this.number += 1;
    return `${layer}:new-${Date.now().toString(36)}-${this.number}`;
  }

  /** Do one step: `what` says it in words, `edit` gets a copy of the changes to alter. */
  step(what, edit) {
    const after = new Map(this.changes);
    edit(after);
    this.past.push({ what, changes: this.changes });
    if (this.past.length > STEPS) this.past.shift();
    this.future = [];
    this._become(after);
  }

  undo() {
    const last = this.past.pop();
    if (!last) return null;
    this.future.push({ what: last.what, changes: this.changes });
    this._become(last.changes);
    return last.what;
  }

  redo() {
    const next = this.future.pop();
    if (!next) return null;
    this.past.push({ what: next.what, changes: this.changes });
    this._become(next.changes);
    return next.what;
  }

  /** What was saved is no draft any more, and not undone here but as an edit set. What was drawn while it was on its way stays. */
  saved(sent) {
    this.past = [];
    this.future = [];
    this.said = {};
    this.replaces = null;
    this._become(new Map([...this.changes].filter(([key, change]) => sent.get(key) !== change)));
  }

  clear() {
    this.saved(this.changes);
  }

  _become(changes) {
    this.changes = changes;
    this.keep();
    this.dispatchEvent(new Event("change"));
  }
}
