// A phone's track: read and cleaned by the server, shown, taken over as a road or as a road's new line.

import { post } from "./api.js";

export class Track {
  constructor(editor, tools) {
    Object.assign(this, { editor, ...tools, pieces: [] });
    this.$("track-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.read();
    });
  }

  async read() {
    const { $, fill, words, editor } = this;
    $("track-counts").textContent = words.loading;
    try {
      const found = await post(this.addresses.track, new FormData($("track-form")));
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
