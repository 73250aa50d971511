// Copies the text beside a button.
document.querySelectorAll('[data-copy]').forEach((button) => {
  const text = button.closest('section').querySelector('textarea');
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener('click', async () => {
    text.select();
    try { await navigator.clipboard.writeText(text.value); } catch { document.execCommand('copy'); }
    button.textContent = label + ' ✓';
    setTimeout(() => { button.textContent = label; }, 2000);
  });
});
