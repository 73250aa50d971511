// The speaker's window: the slide that is on, the next, notes that save themselves, and the time.
(() => {
  const deck = window.dabiaoDeck;
  const note = document.getElementById('note');
  const saved = document.getElementById('saved');
  const kept = new Map([...document.querySelectorAll('#kept [data-topic]')].map((p) => [p.dataset.topic, p.textContent]));
  const waiting = new Map(); // topic → what is to be saved
  let topic = '';
  let timer = null;

  deck.onShow((slide) => {
    const all = deck.slides();
    const at = deck.index();
    picture('.pane.current .stage', slide);
    picture('.pane.next .stage', all[at + 1]);
    document.getElementById('place').textContent = (at + 1) + ' / ' + all.length;
    if (topic === slide.id) return;
    topic = slide.id;
    if (note) {
      note.value = waiting.has(topic) ? waiting.get(topic) : kept.get(topic) || '';
      if (!waiting.size) saved.textContent = '';
    }
  });

  function picture(where, slide) {
    const stage = document.querySelector(where);
    if (!slide) { stage.replaceChildren(); return; }
    const copy = slide.cloneNode(true);
    copy.hidden = false;
    copy.inert = true;
    [copy, ...copy.querySelectorAll('[id], [aria-labelledby], [tabindex]')].forEach((part) => ['id', 'aria-labelledby', 'tabindex'].forEach((name) => part.removeAttribute(name)));
    stage.replaceChildren(copy);
  }

  async function save() {
    clearTimeout(timer);
    timer = null;
    for (const [place, body] of [...waiting]) {
      saved.textContent = saved.dataset.saving;
      try {
        const token = document.querySelector('[name=csrf_token]').value;
        const response = await fetch(note.dataset.href, { method: 'POST', body: new URLSearchParams({ csrf_token: token, topic: place, body }) });
        if (response.status !== 204) throw new Error(response.status);
        kept.set(place, body);
        if (waiting.get(place) === body) waiting.delete(place);
      } catch {
        saved.textContent = saved.dataset.failed;
        timer = setTimeout(save, 5000);
        return;
      }
    }
    if (!waiting.size) saved.textContent = saved.dataset.saved; else timer = setTimeout(save, 300);
  }
  if (note) {
    note.addEventListener('input', () => {
      waiting.set(topic, note.value);
      saved.textContent = saved.dataset.saving;
      clearTimeout(timer);
      timer = setTimeout(save, 800);
    });
    note.addEventListener('blur', () => { if (waiting.size) save(); });
    window.addEventListener('beforeunload', (event) => { if (waiting.size) { save(); event.preventDefault(); } });
  }

  const STARTED = 'dabiao-meeting-started-' + document.body.dataset.meeting;
  let started = Number(sessionStorage.getItem(STARTED)) || Date.now();
  sessionStorage.setItem(STARTED, started);
  document.getElementById('restart').addEventListener('click', () => { started = Date.now(); sessionStorage.setItem(STARTED, started); tick(); });
  function tick() {
    const two = (n) => String(n).padStart(2, '0');
    const now = new Date();
    const seconds = Math.max(0, Math.floor((Date.now() - started) / 1000));
    document.getElementById('clock').textContent = two(now.getHours()) + ':' + two(now.getMinutes());
    document.getElementById('elapsed').textContent = Math.floor(seconds / 60) + ':' + two(seconds % 60);
  }
  tick();
  setInterval(tick, 1000);

  document.addEventListener('keydown', (event) => deck.onKey(event));
  deck.start();
})();
