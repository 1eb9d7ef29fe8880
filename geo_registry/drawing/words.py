"""The words that the editor's scripts say, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _


def page_words() -> dict[str, str]:
    """Return every text of the scripts by its name there; ``{…}`` is filled in by the script."""
    return {
        "loading": _("Loading what is here …"),
        "loadFailed": _("What is here could not be loaded. Check the connection; your draft is kept."),
        "truncated": _("There is more here than can be shown. Zoom in to see and to snap to all of it."),
        "inView": _("{count} in view"),
        "none": _("Nothing of this kind is in view. Move the map, or draw something new."),
        "notYours": _("outside of your office's area: for drawing up to only"),
        "new": _("new"),
        "changed": _("changed"),
        "deleted": _("taken away"),
        "followed": _("moves along"),
        "unnamed": _("without a name"),
        "metres": _("{number} m"),
        "kilometres": _("{number} km"),
        "squareMetres": _("{number} m²"),
        "hectares": _("{number} ha"),
        "squareKilometres": _("{number} km²"),
        "length": _("Length: {length}"),
        "area": _("Area: {area}; outline {length}"),
        "point": _("{lon}° E, {lat}° N"),
        "vertices": _("{count} points"),
        "undo": _("Undone: {what}"),
        "redo": _("Done again: {what}"),
        "nothingToUndo": _("There is nothing to undo."),
        "nothingToRedo": _("There is nothing to do again."),
        "drawLine": _(
            "Press on the map for each point; finish with a double click, the Enter key, or “Finish”."
        ),
        "drawArea": _(
            "Press on the map for each corner; finish on the first one, with the Enter key, or “Finish”."
        ),
        "drawPoint": _("Press on the map where it lies."),
        "drawCut": _("Draw the line to cut along: begin and end outside of the area."),
        "drawHole": _("Draw the outline of the hole inside the area."),
        "drawPiece": _("Draw around the piece that goes over from the other area to the selected one."),
        "pickSplit": _("Press on the line where it is to be split."),
        "pickJoin": _("Now press the other one, or choose it in the list."),
        "pickMerge": _("Press near the ends that are to meet."),
        "pickGiver": _("Now press the area that gives the piece away, or choose it in the list."),
        "pickTrack": _("Press the road that is to run as the track does, or choose it in the list."),
        "extendWhich": _("The line goes on from its last point. To go on from the first, reverse it first."),
        "selectFirst": _("Choose something first: on the map or in the list."),
        "adjust": _(
            "Drag a point to move it, a faint one to add one. With the keyboard: Tab to a point, arrow keys move it, "
            "Delete removes it."
        ),
        "snapped": _("snapped to {what}"),
        "snapVertex": _("a point of “{name}”"),
        "snapEdge": _("the line of “{name}”"),
        "finish": _("Finish"),
        "cancel": _("Cancel"),
        "did.draw": _("drawn"),
        "did.move": _("point moved"),
        "did.insert": _("point added"),
        "did.remove": _("point removed"),
        "did.split": _("split"),
        "did.join": _("joined"),
        "did.merge": _("ends brought together"),
        "did.extend": _("extended"),
        "did.reverse": _("turned round"),
        "did.hole": _("hole made"),
        "did.removeHole": _("hole filled"),
        "did.hand": _("piece handed over"),
        "did.attributes": _("details changed"),
        "did.delete": _("taken away"),
        "did.place": _("placed"),
        "did.track": _("track taken over"),
        "did.meet": _("joined at the crossing"),
        "fewPoints": _("A line needs two points, an outline three."),
        "pointNumber": _("Point {number}"),
        "newPointAfter": _("Add a point after point {number}"),
        "holeNumber": _("hole {number}"),
        "partNumber": _("part {number}"),
        "removePoint": _("Remove"),
        "addPoint": _("Add after"),
        "splitHere": _("Split here"),
        "badCoordinates": _("Type longitude and latitude in degrees, such as 106.340000, 38.103000."),
        "allFine": _("Checked: nothing is wrong."),
        "noneFound": _("Checked: nothing was found; not everything could be checked."),
        "checking": _("Checking …"),
        "checkFailed": _("The check could not be done now; it is done again before saving."),
        "problems": _("{errors} to mend, {warnings} to look at"),
        "showPlace": _("Show on the map"),
        "joinHere": _("Join here"),
        "asBridge": _("Mark as a bridge"),
        "snapEnd": _("Bring the end there"),
        "together": _("Moves along: {names}"),
        "draftKept": _("Kept in this browser."),
        "draftNotKept": _("This browser keeps no drafts: save before you leave."),
        "draftFound": _("A draft of {when} with {count} changes was found in this browser and is shown."),
        "draftEmpty": _("Nothing has been drawn yet."),
        "changes": _("{count} changes not saved yet"),
        "offline": _(
            "No connection. The draft is kept in this browser; save it when the connection is back."
        ),
        "saving": _("Saving …"),
        "saved": _("Saved: the change is in force."),
        "proposed": _("Proposed: it waits for approval."),
        "conflict": _("Somebody else changed “{title}” meanwhile. Nothing of yours is lost."),
        "conflictGone": _("“{title}” was taken away meanwhile by somebody else. Nothing of yours is lost."),
        "conflictSince": _("{who}, {when}: {what}"),
        "keepMine": _("Keep mine, upon theirs"),
        "takeTheirs": _("Take theirs"),
        "both": _("Both are shown on the map: yours in the accent colour, theirs dashed."),
        "where": _("Lies in: {divisions}"),
        "signIn": _("You were signed out. Sign in again in another window; the draft is kept here."),
        "refused": _("The server refused this ({status}). The draft is kept."),
        "trackCounts": _(
            "{positions} positions: {jumps} jumps left out, {repeated} repeated, {simplified} smoothed away; "
            "{pieces} pieces, {short} too short."
        ),
        "trackPiece": _("Piece {number}: {length}, {points} points"),
        "trackNew": _("As a new road"),
        "trackCorrect": _("Correct a road with it"),
        "trackUntimed": _("The file has no times: jumps are found by their shape, gaps by their width."),
        "trackRecord": _("Record where I am going"),
        "trackGoOn": _("Go on recording"),
        "trackStop": _("Stop, and read it"),
        "trackRecording": _("Recording: {count} positions. Keep this page open and the screen on."),
        "trackKept": _("A recording of {count} positions is kept in this browser."),
        "trackDenied": _(
            "This browser may not know where you are. Allow it in its settings, then record again."
        ),
        "trackNoSignal": _("No position just now. The recording goes on when there is a signal again."),
        "trackNoReceiver": _(
            "This browser gives no position here (it needs a secure connection). Record in another program, and choose its file."
        ),
        "facilityNew": _("Enter a new facility here"),
        "noFacilityPage": _("There is no page for a new facility yet."),
        "turnOneway": _("The direction of the one-way was turned with the line."),
        "onewayDiffers": _(
            "One of them is one-way and the other is not, or the other way round: make them alike first."
        ),
        "reload": _("Discard"),
        "discardAll": _("Discarded: the whole draft"),
        "twoAreas": _("These do not fit together."),
        "ended": _("Cancelled."),
        "drawn": _("{count} points so far. {measure}"),
    }
