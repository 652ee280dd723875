// Step through

let now = -1;
const where = make("span", { class: "place", role: "status" });

function go(to) {
  now = Math.max(-1, Math.min(to, steps.length - 1));
  const on = now >= 0;
  document.body.classList.toggle("stepping", on);
  stepping.setAttribute("aria-pressed", String(on));
  for (const control of [previous, next, where]) control.hidden = !on;
  mark("later", on ? steps.slice(now + 1) : []);
  for (const [name, shown] of values) {
    const late = on && made(name) > now;
    for (const value of shown) if (value.closest("td")) value.classList.toggle("later", late);
  }
  if (!on) {
    mark("now", []);
    mark("source", []);
    where.replaceChildren();
    return;
  }
  const step = steps[now];
  const refs = new Set(all(".form [data-ref]", step).map((ref) => ref.dataset.ref));
  const own = nodes(step.dataset.name);
  mark("now", [step, ...cells(step.dataset.name), ...own]);
  const read = [...refs].flatMap((name) => [...of(values, name), ...nodes(name)]);
  mark("source", read.filter((thing) => !own.includes(thing)));
  previous.disabled = now === 0;
  next.disabled = now === steps.length - 1;
  where.replaceChildren(say("place", { n: now + 1, total: steps.length }) + " ", nameOf(step));
  step.scrollIntoView({ block: "center" });
}

const stepping = button("step", () => go(now < 0 ? 0 : -1), { "aria-pressed": "false" });
const previous = button("previous", () => go(now - 1));
const next = button("next", () => go(now + 1));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") {
    if (!panel.hidden) leave();
    else if (now >= 0) go(-1);
    return;
  }
  if (now < 0 || event.target.matches("input")) return;
  const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: steps.length - 1 };
  if (event.key in to) {
    event.preventDefault();
    go(Math.max(0, to[event.key]));
  }
});
