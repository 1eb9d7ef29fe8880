// The field page and what it is made of stay on the telephone, so that it opens without a signal. Nothing else is kept, and what
// is sent goes to the server alone.

const CACHE = "geo-registry-signs-1";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(
    fetch(request)
      .then(async (answer) => {
        if (answer.ok && !answer.redirected && answer.type === "basic") (await caches.open(CACHE)).put(request, answer.clone());
        return answer;
      })
      .catch(async (failed) => {
        const kept = await caches.match(request);
        if (kept) return kept;
        throw failed;
      }),
  );
});
