// Keeps the page of attendance without a line openable in airplane mode; made for one session of one class.
const PAGE = {{ url_for(".offline", **place) | tojson }};
const NAME = {{ ("diem-danh " ~ url_for(".offline", **place)) | tojson }};
const FILES = [
  PAGE,
  {% for file in ("lms.css", "icon.svg", "js/offline.js") %}
  {{ static(file) | tojson }},
  {% endfor %}
  {% for file in ("js/camera.js", "js/qr/decode.js", "js/qr/index.js") %}
  {{ url_for("lms.static_file", name=file) | tojson }}, // {{ static(file).partition("v=")[2] }}
  {% endfor %}
];

async function keep(cache, file) {
  const answer = await fetch(file, { cache: "reload" });
  if (!answer.ok || answer.redirected) throw new Error(file);
  await cache.put(file, answer);
}

async function keepAll() {
  const cache = await caches.open(NAME);
  await Promise.all(FILES.map((file) => keep(cache, file)));
  for (const request of await cache.keys()) {
    const { pathname, search } = new URL(request.url);
    if (!FILES.includes(pathname + search)) await cache.delete(request);
  }
}

// A line that hangs is worse than none: after four seconds the kept page is shown.
async function page(request) {
  const cache = await caches.open(NAME);
  const kept = await cache.match(PAGE);
  const online = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) await cache.put(PAGE, answer.clone());
    return answer;
  });
  if (kept === undefined) return online;
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), 4000));
  return Promise.race([online, late]).catch(() => kept);
}

async function file(request) {
  const kept = await (await caches.open(NAME)).match(request);
  return kept ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { pathname, search, origin } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (FILES.includes(pathname + search)) event.respondWith(file(request));
});
