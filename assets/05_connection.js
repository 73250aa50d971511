// When an answer does not come, the page keeps what it shows and says so; when the server is back, it is asked again.
// An answer made from newer data loads the page again: the URL is its state, so nothing is lost.
// Who is no longer signed in is led to signing in, and back to where he was.
(() => {
  const asked = window.fetch.bind(window);
  const say = (text) => {
    const place = document.getElementById('connection');
    if (place) { place.textContent = text; place.hidden = !text; }
  };
  const words = () => document.getElementById('connection').dataset;
  let version; // of data, rights and day: what the page was made from
  let isListening = false;
  const listen = async () => {
    if (isListening) return;
    isListening = true;
    do await new Promise((done) => setTimeout(done, 2000)); while (!(await asked('/healthz').catch(() => ({}))).ok);
    isListening = false;
    window.dash_clientside.dabiao.again();
  };
  window.fetch = async (resource, options) => {
    const isAnswer = String((resource && resource.url) || resource).includes('/_dash-');
    try {
      const response = await asked(resource, options);
      if (isAnswer) {
        const found = response.headers.get('Dabiao-Version');
        if (found && version && found !== version) location.reload(); // filters, footer and drawer are of the old one
        version = found || version;
        if (response.status === 401) {
          location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));
          return new Promise(() => {}); // the page is left; nobody waits for the answer
        }
        if (response.headers.get('Dabiao-Stale') && Date.now() - Number(sessionStorage.getItem('reloaded')) > 30000) {
          sessionStorage.setItem('reloaded', Date.now()); // signed in anew in another tab, or the server was
          location.reload();
          return new Promise(() => {});
        }
        if (response.ok) say('');
        else say(await response.clone().json().then((body) => body.error, () => words().failed));
      }
      return response;
    } catch (error) {
      if (isAnswer) { say(words().offline); listen(); }
      throw error;
    }
  };
})();
