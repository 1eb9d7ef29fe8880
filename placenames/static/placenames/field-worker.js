// The field page and what it is made of stay on the telephone, so that it opens without a signal. Nothing else is kept, and what
// is sent goes to the server alone.

const CACHE = "geo-registry-signs-2";
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

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    fetch(request)
      .then(async (answer) => {
        if (fit(answer)) (await caches.open(CACHE)).put(request, answer.clone());
        return answer;
      })
      .catch(async (failed) => {
        // A round's address has a question behind it: the page itself is the same without.
        const kept = (await caches.match(request, ANY)) ?? (request.mode === "navigate" ? await caches.match(request, { ...ANY, ignoreSearch: true }) : undefined);
        if (kept) return kept;
        throw failed;
      }),
  );
});
