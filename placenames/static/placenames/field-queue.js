// What is written down on the telephone and not sent yet. Each entry is kept with a key of its own until the server has answered for
// it: it may be sent twice, and counts once. IndexedDB, since a photo is too large for anything else.

export class Queue extends EventTarget {
  constructor({ person, address, page, token, now }) {
    super();
    Object.assign(this, { person, address, page, token, now, sending: false, again: false });
    this.base = new Promise((done, failed) => {
      const asked = indexedDB.open(`geo-registry.signs.${person}`, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("entries", { keyPath: "key" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });
    addEventListener("online", () => this.send());
    setInterval(() => this.send(), 30_000);
  }

  async _store(mode, act) {
    const base = await this.base;
    return new Promise((done, failed) => {
      const change = base.transaction("entries", mode);
      const asked = act(change.objectStore("entries"));
      // Only once the change is written for good.
      change.oncomplete = () => done(asked.result);
      change.onerror = change.onabort = () => failed(change.error);
    });
  }

  all() {
    return this._store("readonly", (entries) => entries.getAll());
  }

  async waiting() {
    return (await this.all()).filter((entry) => !entry.draft);
  }

  keep(entry) {
    return this._store("readwrite", (entries) => entries.put(entry));
  }

  forget(key) {
    return this._store("readwrite", (entries) => entries.delete(key));
  }

  /** Keep a new entry, and try to send it. */
  async add(entry) {
    const whole = { key: crypto.randomUUID(), since: this.now, problem: "", conflict: "", ...entry };
    await this.keep(whole);
    this._tell();
    this.send();
    return whole;
  }

  /** Send an entry that was refused once more, changed. */
  async mend(entry, change) {
    await this.keep({ ...entry, ...change, problem: "" });
    this._tell();
    this.send();
  }

  /** Send an entry although somebody else has been there: the person has read what was said. */
  async insist(entry) {
    const { conflict: _read, ...rest } = entry;
    const fields = entry.what === "found" ? { ...entry.fields, sure: "1" } : entry.fields;
    await this.keep({ ...rest, fields, since: "", conflict: "" });
    this._tell();
    this.send();
  }

  _body(entry) {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", this.token);
    data.set("key", entry.key);
    data.set("what", entry.what);
    data.set("since", entry.since ?? "");
    for (const [name, value] of Object.entries(entry.fields)) {
      for (const one of Array.isArray(value) ? value : [value]) data.append(name, one);
    }
    if (entry.photo) data.set("photos", entry.photo, "photo.jpg");
    return data;
  }

  /** Send what waits, one after another. An entry goes only when the server has said that it is kept. */
  async send() {
    if (this.sending) {
      // Asked while the last attempt still hangs: once more after it.
      this.again = true;
      return;
    }
    this.sending = true;
    try {
      for (const entry of await this.waiting()) {
        if (entry.problem || entry.conflict || !entry.fields) continue;
        if (!(await this._sent(entry))) break;
      }
    } catch {
      // No signal: it is tried again.
    } finally {
      this.sending = false;
      this._tell();
      if (this.again) {
        this.again = false;
        this.send();
      }
    }
  }

  /** Have the server's token anew: the page may be an old one, and whoever signed in since has another. */
  async _renewed() {
    const answer = await fetch(this.page, { cache: "no-store", redirect: "manual" });
    const held = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("field")?.dataset;
    if (!held) return false;
    if (held.person !== this.person) {
      // What one person saw is not sent in the name of another.
      this.other = true;
      this.dispatchEvent(new Event("other"));
      return false;
    }
    this.token = held.token;
    return true;
  }

  _post(entry) {
    return fetch(this.address, { method: "POST", body: this._body(entry), headers: { Accept: "application/json" }, redirect: "manual" });
  }

  async _sent(entry) {
    let answer = await this._post(entry);
    if (answer.status === 403) {
      this.other = false;
      if (await this._renewed()) answer = await this._post(entry);
      else if (this.other) return false;
    }
    if (answer.ok) {
      if ((await answer.json()).kept !== entry.key) return false;
      await this.forget(entry.key);
    } else if (answer.status === 409) {
      const { conflict } = await answer.json();
      await this.keep({ ...entry, conflict });
    } else if (answer.status === 422 || answer.status === 404) {
      const { problem, fields: refused = [] } = await answer.json();
      await this.keep({ ...entry, problem, refused });
    } else {
      this.dispatchEvent(new Event("refused"));
      return false;
    }
    return true;
  }

  _tell() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Entries of the page's earlier form, which knew inspections only, as they are written now. */
export async function modernise(queue) {
  for (const entry of await queue.all()) {
    if (entry.fields || entry.draft) continue;
    const fields = { sign: entry.sign, note: entry.note, on_day: entry.day, defects: entry.defects };
    if (entry.lon !== null) Object.assign(fields, { lon: entry.lon.toFixed(7), lat: entry.lat.toFixed(7), accuracy: entry.accuracy });
    await queue.keep({ key: entry.key, what: "seen", sign: entry.sign, text: entry.text, fields, photo: entry.photo, problem: entry.problem, conflict: "", since: "" });
  }
}
