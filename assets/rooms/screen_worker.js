// Served as /screen/sw.js: keeps a screen's document, script and style, for a start while the server is down.
// The pictures themselves are kept by the document, which is told when they may stay no longer.
const CACHE = 'screen documents', PATIENCE = 15000;
const WAITING = '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="20"><title>…</title>'
  + '<style>body{background:#0f151c;color:#aeb9c5;font:5vmin sans-serif;display:grid;place-content:center;height:90vh}</style>'
  + '正在等待服务器 · waiting for the server';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

const forget = async () => { for (const name of await caches.keys()) await caches.delete(name); };

const keep = async (path, response) => {
  const cache = await caches.open(CACHE);
  const version = (/\/assets\/rooms\/screen\.js\?v=([0-9a-f]+)/.exec(await response.clone().text()) || [])[1];
  for (const request of await cache.keys()) { // of a former release
    const found = new URL(request.url).searchParams.get('v');
    if (found && found !== version) await cache.delete(request);
  }
  await cache.put(path, response);
};

const open = async (event, path) => {
  const control = new AbortController();
  const late = setTimeout(() => control.abort(), PATIENCE);
  let response;
  try {
    response = await fetch(event.request, { signal: control.signal });
    if (response.ok) { event.waitUntil(keep(path, response.clone())); return response; }
    if (response.status === 410) { await forget(); return response; }
    if (response.type === 'opaqueredirect') return response;
  } catch { /* the server is away */ } finally { clearTimeout(late); }
  const kept = await (await caches.open(CACHE)).match(path);
  return kept || response || new Response(WAITING, { headers: { 'Content-Type': 'text/html' } });
};

const asset = async (request) => {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
};

self.addEventListener('fetch', (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const isScreen = /^\/screen\/[a-z0-9-]+$/.test(url.pathname);
  if (request.mode === 'navigate' && isScreen) event.respondWith(open(event, url.pathname));
  else if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
});
