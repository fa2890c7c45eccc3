"use strict";
// Comfort only: without it everything works. An open payment asks again by itself while it is looked at,
// and so does the balance, which is told aloud once in five seconds at most.
(() => {
  const box = document.querySelector("[data-payment=changes]");
  if (!box) return;
  let pause = 1000;
  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(location.href, { redirect: "follow" });
        if (answer.redirected) { location.assign(answer.url); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-payment]");
        if (fresh && fresh.textContent !== box.textContent) { location.reload(); return; }
      } catch (_) { /* later again */ }
      pause = Math.min(pause * 1.3, 10000);
    }
    setTimeout(look, pause);
  };
  setTimeout(look, pause);
})();
(() => {
  const sum = document.querySelector(".balance"), parts = document.getElementById("parts");
  if (!sum || !window.EventSource) return;
  let source = null, told = 0, waiting = 0;
  const show = (lines) => {
    if (sum.textContent === lines[0]) return;
    clearTimeout(waiting);
    const left = told + 5000 - Date.now();
    if (told && left > 0) { waiting = setTimeout(show, left, lines); return; }
    told = Date.now();
    sum.textContent = lines[0];
    parts.textContent = lines[1];
  };
  const follow = () => {
    if (source || document.hidden) return;
    source = new EventSource("/balance/stream");
    source.onmessage = (event) => show(event.data.split("\n"));
    source.onerror = () => {
      if (source && source.readyState === EventSource.CLOSED) { source = null; setTimeout(follow, 5000); }
    };
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) { source.close(); source = null; }
    follow();
  });
  follow();
})();
