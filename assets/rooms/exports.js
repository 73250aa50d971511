// How far a file is: asked for every moment, and the page drawn anew once it is there, or is not to come.
(() => {
  const bar = document.querySelector('progress[data-state]');
  if (!bar) return;
  let wait = 700;

  async function look() {
    try {
      const answer = await fetch(bar.dataset.state, { cache: 'no-store' });
      if (!answer.ok) { location.reload(); return; }
      const job = await answer.json();
      if (!job.open) { location.reload(); return; }
      if (job.steps) { bar.max = job.steps; bar.value = job.done; }
      document.getElementById('how-far').textContent = job.text;
      wait = Math.min(wait * 1.1, 2000);
    } catch {
      wait = Math.min(wait * 2, 15000); // the server is away for a moment
    }
    setTimeout(look, wait);
  }
  setTimeout(look, wait);
})();
