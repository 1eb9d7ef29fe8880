// A name read aloud by the device's own voice, where it has a Chinese one. Nothing is sent anywhere; a recording is better.

const button = document.querySelector("[data-say]");
const synthesis = window.speechSynthesis;

/** A Chinese voice of the device itself: voices that a network speaks would be told what is read. */
const voice = () => synthesis.getVoices().find(({ lang, localService }) => localService && /^zh([-_](CN|Hans))?/i.test(lang));

function offer() {
  if (voice()) button.hidden = false;
}

if (button && synthesis) {
  offer();
  synthesis.addEventListener("voiceschanged", offer);
  button.addEventListener("click", () => {
    synthesis.cancel();
    const said = new SpeechSynthesisUtterance(button.dataset.say);
    said.voice = voice();
    said.lang = said.voice.lang;
    said.rate = 0.8;
    synthesis.speak(said);
  });
}
