"use strict";
// Comfort only: without it everything works. An open payment asks again by itself while it is looked at.
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
