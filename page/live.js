// What the page does where there is JavaScript: it says how old it is, takes over what is new, and reads plots out.
"use strict";
(() => {
  const everyMs = 30000;
  const staleMs = 300000;
  const main = document.getElementById("page");

  const showAge = () => {
    const at = Date.parse(main.querySelector("#as-of time").dateTime);
    const seconds = Math.max(0, Math.round((Date.now() - at) / 1000));
    const isStale = seconds * 1000 > staleMs;
    const text =
      seconds < 120
        ? `${seconds} s`
        : seconds < 7200
          ? `${Math.floor(seconds / 60)} min`
          : `${Math.floor(seconds / 3600)} h`;
    main.querySelector("#age").textContent =
      `, ${text} ago${isStale ? ": no newer one is made" : ""}`;
    main.querySelector("header").classList.toggle("stale", isStale);
  };

  const refresh = async () => {
    const answer = await fetch(location.href, { cache: "no-store" });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main2 = next.getElementById("page");
    if (main2 === null) return;
    // Another version of the page has another script.
    if (next.querySelector("script")?.text !== document.querySelector("script").text) {
      location.reload();
      return;
    }
    if (main2.querySelector("#as-of time").dateTime === main.querySelector("#as-of time").dateTime)
      return;
    // Whoever reads a table or a plot goes on with it.
    if (main.contains(document.activeElement) && document.activeElement.closest("figure, details"))
      return;
    for (const each of main.querySelectorAll("details[open]")) {
      const same = main2.querySelector(`#${each.id}`);
      if (same !== null) same.open = true;
    }
    main.replaceChildren(...main2.childNodes);
    document.title = next.title;
    document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").href;
    prepare();
  };

  // The figures under a plot, by where they are in it.
  const prepare = () => {
    showAge();
    for (const plot of main.querySelectorAll("figure")) {
      const svg = plot.querySelector(".plot");
      const [from, to] = [Number(svg.dataset.from), Number(svg.dataset.to)];
      const heads = [...plot.querySelectorAll("thead th")].map((each) => each.textContent);
      const rows = [...plot.querySelectorAll("tbody tr")].map((row) => ({
        place:
          (Date.parse(row.querySelector("time").textContent.replace(" ", "T")) - from) /
          (to - from),
        text: [...row.children]
          .map((each, index) =>
            index === 0 ? `${each.textContent} UTC` : `${heads[index]} ${each.textContent}`,
          )
          .join(" · "),
      }));
      if (rows.length === 0) continue;
      const cursor = plot.querySelector(".cursor");
      const output = plot.querySelector("output");
      let current = rows.length;
      const show = (index) => {
        current = Math.min(rows.length - 1, Math.max(0, index));
        const x = `${100 * rows[current].place}%`;
        cursor.setAttribute("x1", x);
        cursor.setAttribute("x2", x);
        cursor.classList.add("on");
        output.textContent = rows[current].text;
      };
      const hide = () => {
        cursor.classList.remove("on");
        output.textContent = "";
      };
      svg.tabIndex = 0;
      svg.addEventListener("pointermove", (event) => {
        const box = svg.getBoundingClientRect();
        const place = (event.clientX - box.left) / box.width;
        const away = (index) => Math.abs(rows[index].place - place);
        show(rows.reduce((best, _, index) => (away(index) < away(best) ? index : best), 0));
      });
      svg.addEventListener("pointerleave", hide);
      svg.addEventListener("blur", hide);
      svg.addEventListener("keydown", (event) => {
        const step = {
          ArrowLeft: current - 1,
          ArrowRight: current + 1,
          Home: 0,
          End: rows.length - 1,
        }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        show(step);
      });
    }
  };

  prepare();
  setInterval(showAge, 1000);
  if (location.protocol.startsWith("http")) {
    const again = () => {
      // A page that nobody sees asks for nothing; one that can't be had now is asked for again.
      (document.hidden ? Promise.resolve() : refresh())
        .catch(() => undefined)
        .finally(() => setTimeout(again, everyMs));
    };
    setTimeout(again, everyMs);
  }
})();
