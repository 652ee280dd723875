// Follow a number

const panel = make("aside", { class: "panel", id: "panel", "aria-label": say("follow") });
panel.hidden = true;
let pinned = null;

function follow(name) {
  const from = of(makers, name);
  const to = of(uses, name).filter((step) => step.dataset.name && step.dataset.name !== name);
  const seen = (step) =>
    !step.matches(".later") &&
    (!document.body.matches(".worksheet") || step.matches(".shown"));
  const lines = from.filter(seen).map(copied);
  if (!from.length) {
    const value = of(values, name)[0];
    const sign = all("[data-ref]").find((ref) => ref.dataset.ref === name);
    const given = make("p", {}, ...[sign && inMath("math", {}, sign.cloneNode(true)), say("given")].filter(Boolean));
    if (value) given.append(" ", value.firstElementChild.cloneNode(true));
    lines.push(given);
  }
  if (to.length) {
    const names = [...new Map(to.map((step) => [step.dataset.name, step])).values()];
    const list = names.flatMap((step, i) => [i ? ", " : " ", nameOf(step)]);
    lines.push(make("p", {}, say("goes"), ...list));
  }
  panel.replaceChildren(...lines);
  panel.hidden = false;
  mark("made-here", from);
  mark("goes-here", to);
  const refs = all("[data-ref]").filter((ref) => ref.dataset.ref === name);
  mark("same", [...of(values, name), ...refs, ...nodes(name)]);
}

function copied(step) {
  const line = make("p", { class: "copied" });
  for (const part of step.children)
    if (!part.matches(".ask")) line.append(part.cloneNode(true), " ");
  for (const part of all("[tabindex],[role]", line)) {
    part.removeAttribute("tabindex");
    part.removeAttribute("role");
  }
  return line;
}

function leave() {
  panel.hidden = true;
  pinned = null;
  for (const kind of ["made-here", "goes-here", "same"]) mark(kind, []);
}

const target = (event) =>
  event.target instanceof Element && !event.target.closest(".panel")
    ? event.target.closest("main .value[data-of], main .step [data-ref], main [data-node]")
    : null;
const hidden = (thing) =>
  thing.matches(".later") ||
  (document.body.matches(".worksheet") &&
    thing.matches("td .value[data-made]:not(.shown)"));
const named = (thing) => thing.dataset.of || thing.dataset.ref || thing.dataset.node;

document.addEventListener("pointerover", (event) => {
  const thing = target(event);
  if (following() && thing && !pinned && !hidden(thing)) follow(named(thing));
});
document.addEventListener("pointerout", (event) => {
  if (target(event) && !pinned && event.pointerType === "mouse") leave();
});
document.addEventListener("click", (event) => {
  const thing = target(event);
  if (!following()) return;
  if (!thing || hidden(thing)) {
    if (event.target instanceof Element && !event.target.closest(".panel")) leave();
    return;
  }
  pinned = pinned === thing ? null : thing;
  follow(named(thing));
});
document.addEventListener("focusin", (event) => {
  if (following() && event.target.matches("main .value") && !hidden(event.target)) {
    pinned = event.target;
    follow(named(event.target));
  }
});

function following() {
  return tracing.getAttribute("aria-pressed") === "true";
}

const tracing = button(
  "follow",
  () => {
    const on = !following();
    tracing.setAttribute("aria-pressed", String(on));
    for (const value of all("main td .value, main .results .value:not(.also)")) {
      if (!value.dataset.of) continue;
      if (on) value.setAttribute("tabindex", "0");
      else value.removeAttribute("tabindex");
    }
    if (!on) leave();
  },
  { "aria-pressed": "false", "aria-controls": "panel" },
);
