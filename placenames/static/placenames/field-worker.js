// The field page and what it is made of stay on the telephone, so that it opens without a signal. Nothing else is kept, and what
// is sent goes to the server alone.

const CACHE = "geo-registry-signs-2";
const PATIENCE_MS = 4000;
// A page that is kept is the person's own, in the person's language: what it varies by says nothing here, and what the page asked for
// itself has other headers than what the browser asked for.
const ANY = { ignoreVary: true };

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) =>
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("geo-registry-signs-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  ),
);

const fit = (answer) => answer.ok && !answer.redirected && answer.type === "basic";

/** Keep what the page was made of before this worker saw its requests. */
async function keep(addresses) {
  const cache = await caches.open(CACHE);
  await Promise.all(
    addresses.map(async (address) => {
      if (await cache.match(address, ANY)) return;
      const answer = await fetch(address);
      if (fit(answer)) await cache.put(address, answer);
    }),
  );
}

self.addEventListener("message", (event) => {
  if (event.origin === self.location.origin && event.data?.keep) event.waitUntil(keep(event.data.keep).then(() => event.source?.postMessage({ kept: true }), () => {}));
});

/** What is kept of a request, if anything. */
async function kept(request) {
  // A round's address has a question behind it: the page itself is the same without.
  return (await caches.match(request, ANY)) ?? (request.mode === "navigate" ? await caches.match(request, { ...ANY, ignoreSearch: true }) : undefined);
}

async function fetched(event) {
  const answer = await fetch(event.request);
  if (fit(answer)) {
    const copy = answer.clone();
    event.waitUntil(caches.open(CACHE).then((cache) => cache.put(event.request, copy)).catch(() => {}));
  }
  return answer;
}

/**
 * The server's answer; what is kept where there is no signal, and where a poor one keeps somebody waiting at the roadside. There only
 * what is kept of this very address: a round that is being computed is worth waiting for.
 */
async function answered(request, fresh) {
  const late = new Promise((done) => {
    setTimeout(done, PATIENCE_MS);
  });
  const first = await Promise.race([fresh.catch(() => undefined), late]);
  if (first) return first;
  const same = await caches.match(request, ANY);
  if (same) return same;
  try {
    return await fresh;
  } catch (failed) {
    const held = await kept(request);
    if (held) return held;
    throw failed;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.cache === "no-store" || new URL(request.url).origin !== self.location.origin) return;
  const fresh = fetched(event);
  event.waitUntil(fresh.catch(() => {}));
  event.respondWith(answered(request, fresh));
});
