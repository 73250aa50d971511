// A wall: one question for news every few seconds, views shown in turn from memory, only what changed drawn again.
// When the server does not answer, the last good picture stays with its age. Nothing is kept beyond the playlist.
(() => {
  'use strict';
  const set = document.body.dataset;
  const stage = document.getElementById('stage');
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)');
  const FADE = 1000, PATIENCE = 10000, LONGEST_WAIT = 30000, AGAIN = 600000, NOTED = 60000;

  const put = (html) => {
    const view = document.createElement('figure');
    view.className = 'view coming';
    view.innerHTML = html;
    stage.append(view);
    const settle = () => { while (view.isConnected && stage.firstChild !== view) stage.firstChild.remove(); };
    if (!isCalm.matches) view.getBoundingClientRect(); // so that it fades from nothing
    view.className = 'view';
    if (isCalm.matches) settle(); else setTimeout(settle, FADE);
  };

  const templates = document.querySelectorAll('template.picture-of');
  if (templates.length) { // the editor's preview: all views are here, and a person steps through them
    let at = 0;
    const label = document.getElementById('at');
    const step = (by) => {
      at = (at + by + templates.length) % templates.length;
      put(templates[at].innerHTML);
      label.textContent = `${at + 1} / ${templates.length}`;
    };
    document.getElementById('back').addEventListener('click', () => step(-1));
    document.getElementById('on').addEventListener('click', () => step(1));
    document.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') step(event.key === 'ArrowLeft' ? -1 : 1);
    });
    return;
  }

  const base = location.pathname;
  const stopped = document.getElementById('stopped'), notice = document.getElementById('notice');
  const hand = new Map(); // view → its hash and picture
  let views = JSON.parse(set.views); // [view, hash, seconds]
  let shown = views[0][0];
  let seen = Date.parse(set.now); // when the server last said that this is how things stand
  let etag = '', failures = 0, isBusy = false, isStopped = false, isDue = false, noted = 0, turn, question;
  hand.set(shown, { hash: views[0][1], html: stage.firstElementChild.innerHTML });
  if (location.search) history.replaceState(null, '', base); // a token has no place in the address

  const keeps = set.keeps === 'true'; // a device; what a person may see goes when the page does
  const kept = keeps && 'caches' in window ? caches.open(`screen ${base}`) : null; // https and localhost only

  const get = async (url, headers = {}) => {
    const control = new AbortController();
    const late = setTimeout(() => control.abort(), PATIENCE);
    try {
      const response = await fetch(url, { headers, cache: 'no-store', signal: control.signal });
      return { status: response.status, ok: response.ok, headers: response.headers, text: await response.text() };
    } finally { clearTimeout(late); }
  };

  const said = (answer, word) => { // a refusal of ours, not of something between
    try { return JSON.parse(answer.text)[word] === true; } catch { return false; }
  };

  const show = (id) => { shown = id; put(hand.get(id).html); };

  const next = () => {
    clearTimeout(turn);
    const at = views.findIndex((view) => view[0] === shown);
    const order = [...views.slice(at + 1), ...views.slice(0, at + 1)];
    const found = order.find((view) => hand.has(view[0]));
    if (found && found[0] !== shown && !document.hidden) show(found[0]);
    turn = setTimeout(next, 1000 * (found ? found[2] : 15));
  };

  const keep = async (list) => {
    if (!kept) return;
    const cache = await kept;
    const wanted = new Map(list.map(([id, hash]) => [`${base}/view/${id}?v=${hash}`, id]));
    for (const request of await cache.keys()) {
      const path = new URL(request.url);
      if (!wanted.delete(path.pathname + path.search)) await cache.delete(request);
    }
    for (const [url, id] of wanted) await cache.put(url, new Response(hand.get(id).html));
    await cache.put(`${base}/state`, new Response(JSON.stringify(list)));
  };

  const bring = async (list) => {
    for (const [id, hash] of list) {
      if (hand.has(id) && hand.get(id).hash === hash) continue;
      const answer = await get(`${base}/view/${id}?v=${hash}`);
      if (!answer.ok || !answer.text.startsWith('<svg')) throw new Error('view');
      hand.set(id, { hash, html: answer.text });
      if (id === shown) show(id);
    }
    views = list;
    const ids = new Set(list.map((view) => view[0]));
    for (const id of hand.keys()) if (!ids.has(id)) hand.delete(id);
    if (!ids.has(shown)) next();
    await keep(list).catch(() => {}); // a full disk stops no screen
  };

  const note = () => {
    if (!keeps || Date.now() - noted < NOTED) return;
    noted = Date.now();
    try { localStorage.setItem(`screen ${base}`, String(seen)); } catch { /* the same */ }
  };

  const stop = async (word) => { // nothing of what was shown stays, here or in the browser
    isStopped = true;
    stopped.querySelector('b').textContent = word;
    clearTimeout(turn);
    etag = ''; shown = ''; views = [];
    hand.clear();
    stage.replaceChildren();
    notice.setAttribute('hidden', '');
    stopped.hidden = false;
    if (keeps) localStorage.removeItem(`screen ${base}`);
    if (kept) for (const name of await caches.keys()) await caches.delete(name);
  };

  const loadAgain = async (release) => {
    const last = JSON.parse(sessionStorage.getItem('screen reloaded') || '[]');
    if (!isDue && last[0] === release && Date.now() - last[1] < AGAIN) return; // two releases answer in turn
    const page = await get(base);
    if (!page.ok || !page.text.includes('data-release')) return;
    sessionStorage.setItem('screen reloaded', JSON.stringify([release, Date.now()]));
    location.reload();
  };

  const ask = async () => {
    const answer = await get(`${base}/state`, etag ? { 'If-None-Match': etag } : {});
    if (answer.status === 410 && said(answer, 'stopped')) { if (!isStopped) await stop(set.stopped); return; }
    if (answer.status === 401 && said(answer, 'unauthorised')) {
      if (!keeps && !isStopped) await stop(set.unauthorised);
      if (isStopped) return;
      throw new Error('unauthorised');
    }
    if (answer.status !== 304 && !answer.ok) throw new Error('state');
    if (isStopped) { location.reload(); return; }
    let release = set.release;
    if (answer.status !== 304) {
      const state = JSON.parse(answer.text);
      await bring(state.views);
      release = state.release;
      etag = answer.headers.get('ETag') || '';
    }
    seen = Date.parse(answer.headers.get('Date')) || Date.now();
    note();
    if (isDue || release !== set.release) await loadAgain(release);
  };

  const age = () => {
    const minutes = Math.max(0, Math.floor((Date.now() - seen) / 60000));
    if (minutes < 1) return set.just;
    if (minutes < 120) return set.minutes.replace('{n}', minutes);
    return minutes < 2880 ? set.hours.replace('{n}', Math.floor(minutes / 60)) : set.days.replace('{n}', Math.floor(minutes / 1440));
  };

  const say = (reason) => {
    if (!reason || isStopped) { notice.setAttribute('hidden', ''); return; }
    const when = new Intl.DateTimeFormat(document.documentElement.lang, {
      timeZone: 'Asia/Shanghai', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false,
    }).format(seen);
    const [first, second] = notice.querySelectorAll('text');
    first.textContent = set[reason];
    second.textContent = set.age.replace('{time}', when).replace('{age}', age());
    notice.removeAttribute('hidden');
  };

  const poll = async () => {
    clearTimeout(question);
    if (isBusy) return;
    let wait = 1000 * set.poll * (0.85 + 0.3 * Math.random());
    if (!document.hidden) {
      isBusy = true;
      try {
        await ask();
        failures = 0;
        say('');
      } catch (error) {
        failures += 1;
        wait = Math.min(LONGEST_WAIT, 1000 * 2 ** failures) * (0.5 + 0.5 * Math.random());
        if (error.message === 'unauthorised') say('unauthorised'); else if (failures > 1) say('offline');
      }
      isBusy = false;
    }
    question = setTimeout(poll, wait);
  };

  const restore = async () => { // what was kept, where the server does not answer at the start
    if (!kept) return;
    const cache = await kept, list = await cache.match(`${base}/state`);
    if (!list) return;
    const found = [];
    for (const view of await list.json()) {
      const picture = await cache.match(`${base}/view/${view[0]}?v=${view[1]}`);
      if (picture) { found.push(view); hand.set(view[0], { hash: view[1], html: await picture.text() }); }
    }
    if (!found.length) return;
    views = found;
    seen = Math.max(seen, Number(localStorage.getItem(`screen ${base}`)) || 0);
    show(hand.has(shown) && found.some((view) => view[0] === shown) ? shown : found[0][0]);
    say('offline');
  };

  const planReload = () => { // at the quiet minute, in Beijing, each screen some minutes after it
    const [hours, minutes] = set.reload.split(':').map(Number);
    const spread = [...base].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 600, 7);
    const now = (Date.now() / 1000 + 8 * 3600) % 86400;
    const wait = (hours * 3600 + minutes * 60 + spread - now + 2 * 86400) % 86400;
    setTimeout(() => { isDue = true; }, 1000 * (wait || 86400));
  };

  const keepFrame = async () => { // the worker sees to later ones; this one was loaded before it was there
    const cache = await caches.open('screen documents');
    if (await cache.match(base)) return;
    const loaded = performance.getEntriesByType('resource').map((entry) => entry.name);
    const files = loaded.filter((url) => url.startsWith(`${location.origin}/assets/`));
    const frame = await fetch(base);
    if (frame.ok && !isStopped) { await cache.put(base, frame); await cache.addAll([...new Set(files)]); }
  };

  document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });
  window.addEventListener('online', poll);
  if (kept && 'serviceWorker' in navigator) {
    navigator.serviceWorker.register('/screen/sw.js', { scope: '/screen/' }).then(() => navigator.serviceWorker.ready).then(keepFrame)
      .catch(() => {});
  }
  planReload();
  turn = setTimeout(next, 1000 * views[0][2]);
  poll().then(() => { if (failures) restore(); });
})();
