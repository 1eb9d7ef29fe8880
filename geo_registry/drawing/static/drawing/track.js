// A phone's track: recorded here or in another program, read and cleaned by the server, shown, taken over as a road or as a road's
// new line.

import { post } from "./api.js";

/** Where one is going, written down position by position and kept in the browser until it is taken over. */
class Recording {
  constructor(person) {
    this.place = `geo-registry.track.${person}`;
    this.watch = null;
    try {
      this.fixes = JSON.parse(localStorage.getItem(this.place) ?? "[]");
    } catch {
      this.fixes = [];
    }
  }

  get runs() {
    return this.watch !== null;
  }

  start(told, failed) {
    this.watch = navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        this.fixes.push([coords.longitude, coords.latitude, new Date(timestamp).toISOString()]);
        this._keep();
        told();
      },
      failed,
      { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 },
    );
    // A screen that goes dark ends the recording on many telephones.
    // eslint-disable-next-line compat/compat -- asked for only where it is
    navigator.wakeLock?.request("screen").then((lock) => (this.lock = lock), () => {});
  }

  stop() {
    navigator.geolocation.clearWatch(this.watch);
    this.watch = null;
    this.lock?.release();
  }

  forget() {
    this.fixes = [];
    this._keep();
  }

  file() {
    const features = this.fixes.map(([lon, lat, time]) => ({ type: "Feature", properties: { time }, geometry: { type: "Point", coordinates: [lon, lat] } }));
    return new File([JSON.stringify({ type: "FeatureCollection", features })], "track.geojson", { type: "application/geo+json" });
  }

  _keep() {
    try {
      if (this.fixes.length) localStorage.setItem(this.place, JSON.stringify(this.fixes));
      else localStorage.removeItem(this.place);
    } catch {
      // No room: it stays in this page.
    }
  }
}

export class Track {
  constructor(editor, tools) {
    Object.assign(this, { editor, ...tools, pieces: [] });
    this.$("track-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.read();
    });
    this.recording = new Recording(editor.draft.person);
    this.$("track-record").addEventListener("click", () => this.record());
    this.$("track-forget").addEventListener("click", () => {
      this.recording.forget();
      this.showRecording();
    });
    this.showRecording();
  }

  record() {
    const { recording, words, editor, $ } = this;
    if (recording.runs) {
      recording.stop();
      this.showRecording();
      if (recording.fixes.length) this.read(recording.file());
      return;
    }
    if (!window.isSecureContext || !("geolocation" in navigator)) {
      editor.say(words.trackNoReceiver, true);
      return;
    }
    recording.start(
      () => this.showRecording(),
      (error) => {
        // A moment without a signal is no end; a refusal is.
        if (error.code === error.PERMISSION_DENIED) recording.stop();
        $("track-recorded").textContent = error.code === error.PERMISSION_DENIED ? words.trackDenied : words.trackNoSignal;
        this.showButton();
      },
    );
    this.showRecording();
  }

  showRecording() {
    const { recording, words, fill, $ } = this;
    const count = recording.fixes.length;
    $("track-recorded").textContent = recording.runs ? fill(words.trackRecording, { count }) : count ? fill(words.trackKept, { count }) : "";
    this.showButton();
  }

  showButton() {
    const { recording, words, $ } = this;
    $("track-record").textContent = recording.runs ? words.trackStop : recording.fixes.length ? words.trackGoOn : words.trackRecord;
    $("track-forget").hidden = recording.runs || !recording.fixes.length;
  }

  async read(file = null) {
    const { $, fill, words, editor } = this;
    $("track-counts").textContent = words.loading;
    const form = new FormData($("track-form"));
    if (file) form.set("file", file);
    try {
      const found = await post(this.addresses.track, form);
      this.pieces = found.pieces;
      this.raw = found.raw;
      $("track-counts").textContent = `${fill(words.trackCounts, { ...found.counts, pieces: found.pieces.length })}${found.timed ? "" : ` ${words.trackUntimed}`}`;
      this.show();
      editor.canvas.fit(found.pieces.map(({ geometry }) => geometry));
    } catch (error) {
      $("track-counts").textContent = "";
      editor.failed(error);
    }
  }

  show() {
    const { $, make, button, fill, words, length, editor } = this;
    editor.canvas.showExtra([
      ...(this.pieces.length ? this.raw : []).map((geometry) => ({ geometry, style: "raw" })),
      ...this.pieces.map(({ geometry }) => ({ geometry, style: "piece" })),
    ]);
    $("track-pieces").replaceChildren(
      ...this.pieces.map((piece, index) =>
        make("li", {}, fill(words.trackPiece, { number: index + 1, length: length(piece.length_m), points: piece.points }), button(words.trackNew, () => this.asNew(piece)), button(words.trackCorrect, () => this.correct(piece))),
      ),
    );
  }

  taken(piece) {
    this.pieces = this.pieces.filter((other) => other !== piece);
    this.show();
    this.$("method").value = "track";
    if (!this.pieces.length) {
      this.recording.forget();
      this.showRecording();
    }
  }

  /** The ends are brought onto the network; the line itself stays as it was recorded. */
  asNew(piece) {
    this.editor._operate("snap_ends", { line: piece.geometry }, ({ line }) => {
      this.taken(piece);
      this.editor._drawn(line);
    });
  }

  correct(piece) {
    const { editor, words } = this;
    editor._begin("track", {
      say: words.pickTrack,
      pick: (key) => {
        if (!key || !editor.mayChange(key)) return;
        editor._operate("replace", { line: editor.geometry(key), stretch: piece.geometry }, ({ line }) => {
          editor.stopTool();
          this.taken(piece);
          editor.edit(words["did.track"], [{ key, geometry: line }]);
          editor.select(key);
        });
      },
    });
  }
}
