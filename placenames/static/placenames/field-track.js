// The track of a lane without a name: position by position, kept on the telephone until it is sent or discarded.

const $ = (id) => document.getElementById(id);

export class Track {
  constructor(queue, words, day) {
    Object.assign(this, { queue, words, day, watch: null, entry: null });
    this.button = $("field-track");
  }

  async begin() {
    if (!this.button) return;
    // A page that was reloaded, or a telephone that went dark: the positions are still there.
    this.entry = (await this.queue.all()).find((entry) => entry.draft) ?? null;
    this.button.addEventListener("click", () => this.toggle());
    $("field-track-send").addEventListener("click", () => this.finish());
    $("field-track-away").addEventListener("click", () => this.discard());
    this.show();
  }

  toggle() {
    if (this.watch !== null) {
      this.stop();
      return;
    }
    this.entry ??= { key: crypto.randomUUID(), draft: true, what: "track", text: "", fixes: [] };
    this.watch = navigator.geolocation?.watchPosition(
      ({ coords, timestamp }) => {
        this.entry.fixes.push([coords.longitude, coords.latitude, new Date(timestamp).toISOString()]);
        this.queue.keep(this.entry);
        this.show();
      },
      () => {
        $("field-track-said").textContent = this.words.lost;
      },
      { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 },
    ) ?? null;
    // A screen that goes dark ends the recording on many telephones.
    // eslint-disable-next-line compat/compat -- asked for only where it is
    navigator.wakeLock?.request("screen").then((lock) => (this.lock = lock), () => {});
    this.show();
  }

  stop() {
    navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
    this.lock?.release();
    this.show();
  }

  async finish() {
    const { key, fixes } = this.entry;
    const note = $("field-track-note").value;
    this.entry = null;
    $("field-track-note").value = "";
    // The same key: what was a draft becomes an entry in one write.
    await this.queue.add({ key, what: "track", draft: false, text: note || this.words.lane, fields: { note, fixes: JSON.stringify(fixes) } });
    this.show();
  }

  async discard() {
    await this.queue.forget(this.entry.key);
    this.entry = null;
    this.show();
  }

  show() {
    const { words, entry } = this;
    const count = entry?.fixes.length ?? 0;
    const runs = this.watch !== null;
    this.button.textContent = runs ? words.stop : count ? words.on : words.begin;
    $("field-track-said").textContent = runs ? words.recording.replace("%s", count) : count ? words.recorded.replace("%s", count) : "";
    $("field-track-end").hidden = runs || !count;
  }
}
