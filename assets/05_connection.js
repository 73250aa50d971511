// When an answer does not come, the page keeps what it shows and says so; when one does, the word goes.
(() => {
  const asked = window.fetch.bind(window);
  const say = (text) => {
    const place = document.getElementById('connection');
    if (place) { place.textContent = text; place.hidden = !text; }
  };
  const words = () => document.getElementById('connection').dataset;
  window.fetch = async (resource, options) => {
    const isAnswer = String((resource && resource.url) || resource).includes('/_dash-');
    try {
      const response = await asked(resource, options);
      if (isAnswer) {
        if (response.status < 500) say('');
        else say(await response.clone().json().then((body) => body.error, () => words().failed));
      }
      return response;
    } catch (error) {
      if (isAnswer) say(words().offline);
      throw error;
    }
  };
})();
