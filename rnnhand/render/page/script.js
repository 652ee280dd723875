"use strict";
// Adds to a page that is whole without it: stepping through the work, a worksheet with hidden
// values, and following a number to the formula that made it. Every text comes from `labels`.
(() => {
  const labels = JSON.parse(document.getElementById("labels").textContent);
  const say = (code, slots = {}) =>
    labels[code].replace(/\{(\w+)\}/g, (whole, slot) => (slot in slots ? slots[slot] : whole));
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  function make(tag, attributes = {}, ...children) {
    const found = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
    found.append(...children);
    return found;
  }

  function button(code, act, attributes = {}) {
    const found = make("button", { type: "button", ...attributes }, say(code));
    found.addEventListener("click", act);
    return found;
  }

  // What the page says about every name: the lines that make it, its values, its uses.

  const steps = all(".step");
  const makers = new Map();
  const values = new Map();
  const uses = new Map();
  const add = (map, name, thing) => {
    const known = map.get(name) || [];
    if (!known.includes(thing)) map.set(name, [...known, thing]);
  };
  for (const step of steps) {
    if (step.dataset.name) add(makers, step.dataset.name, step);
    for (const ref of all(".form [data-ref]", step)) add(uses, ref.dataset.ref, step);
  }
  for (const value of all(".value[data-of]")) {
    add(values, value.dataset.of, value);
    if (makers.has(value.dataset.of)) value.dataset.made = "";
  }
  const place = new Map(steps.map((step, i) => [step, i]));
  const of = (map, name) => map.get(name) || [];
  const cells = (name) => of(values, name).filter((value) => value.closest("td"));
  const made = (name) => (makers.has(name) ? place.get(makers.get(name)[0]) : -1);
  // A derivative by a quantity is marked at that quantity's node.
  const nodes = (name) => {
    const by = /^d[^/]+\/d(.+)$/.exec(name || "");
    return all("[data-node]").filter((node) => node.dataset.node === (by ? by[1] : name));
  };
  const nameOf = (step) => step.querySelector(".left").cloneNode(true);

  function mark(kind, things) {
    for (const old of all("." + kind)) old.classList.remove(kind);
    for (const thing of things) thing.classList.add(kind);
  }

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

  // Numbers that are typed: exact fractions of whole numbers, with the unit of the last digit. A
  // point and a comma are read; written is the mark of the page.

  const point = document.documentElement.dataset.mark || ".";

  function parsed(text) {
    const pointed = text.replaceAll(point, ".").replace(/,/g, ".");
    const plain = pointed.replace(/[−–]/g, "-").replace(/[\s\u00a0]/g, "");
    if (plain.length > 200) return null;
    const [above, below, more] = plain.split("/").map(decimal);
    if (more !== undefined || !above || below === null) return null;
    if (below === undefined) return above;
    if (below.n === 0n) return null;
    const sign = below.n < 0n ? -1n : 1n;
    return { n: above.n * below.d * sign, d: above.d * below.n * sign, unit: null };
  }

  function decimal(text) {
    const m = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text);
    if (!m || !(m[2] || m[3])) return null;
    const places = (m[3] || "").length - Number(m[4] || 0);
    const whole = BigInt(m[2] + (m[3] || "")) * (m[1] === "-" ? -1n : 1n);
    const ten = 10n ** BigInt(Math.abs(places));
    const rounded = m[3] !== undefined || m[4] !== undefined;
    if (places < 0) return { n: whole * ten, d: 1n, unit: rounded ? { n: ten, d: 1n } : null };
    return { n: whole, d: ten, unit: rounded ? { n: 1n, d: ten } : null };
  }

  // The numbers that a typed one may stand for, from and to: rounded to it, or cut off.
  function span(number) {
    const { n, d, unit } = number;
    if (!unit) return [{ n, d }, { n, d }];
    const moved = (half) => ({ n: 2n * n * unit.d + half * unit.n * d, d: 2n * d * unit.d });
    return [moved(n <= 0n ? -2n : -1n), moved(n >= 0n ? 2n : 1n)];
  }

  function agrees(typed, value) {
    const known = parsed(value.dataset.exact || value.dataset.decimal);
    if (!known) return false;
    if (value.dataset.exact) known.unit = null;
    const [low, high] = span(typed);
    const [from, to] = span(known);
    return low.n * to.d <= to.n * low.d && from.n * high.d <= high.n * from.d;
  }

  // Worksheet: what is to be found is hidden until it is asked for, or typed in

  const score = make("span", { class: "score", role: "status" });
  const asked = [];

  function worksheet() {
    const on = document.body.classList.toggle("worksheet");
    sheet.setAttribute("aria-pressed", String(on));
    score.hidden = !on;
    if (on && !asked.length) steps.forEach(ask);
    mark("shown", []);
    for (const { line, field, verdict } of asked) {
      line.hidden = !on;
      if (field) field.value = "";
      verdict.textContent = "";
      delete line.dataset.kind;
    }
    count();
  }

  function ask(step) {
    const answer = all(".results .value", step).find(
      (value) => value.dataset.exact || value.dataset.decimal,
    );
    const verdict = make("span", { class: "verdict", role: "status" });
    const line = make("span", { class: "ask" }, " = ");
    const item = { line, verdict, step, field: null };
    if (answer) {
      const name = step.querySelector(".left").textContent;
      item.field = make("input", {
        type: "text",
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: "false",
        size: "9",
        "aria-label": say("answer", { name }),
      });
      item.field.addEventListener("change", () => judge(item, answer));
      line.append(item.field, " ");
    }
    line.append(button("show", () => reveal(item)), " ", verdict);
    step.insertBefore(line, step.querySelector(".results"));
    asked.push(item);
  }

  function judge(item, answer) {
    const text = item.field.value;
    if (!text.trim()) {
      item.verdict.textContent = "";
      delete item.line.dataset.kind;
    } else {
      const typed = parsed(text);
      const kind = !typed ? "unreadable" : agrees(typed, answer) ? "right" : "wrong";
      item.line.dataset.kind = kind;
      item.verdict.textContent = say(kind);
      if (kind === "right") show(item.step);
    }
    count();
  }

  function reveal(item) {
    show(item.step);
    if (!item.line.dataset.kind) item.line.dataset.kind = "given-up";
    count();
    const rest = asked.slice(asked.indexOf(item) + 1).find(({ step }) => !step.matches(".shown"));
    if (rest) (rest.field || rest.line.querySelector("button")).focus();
  }

  function show(step) {
    for (const thing of [step, ...cells(step.dataset.name)]) thing.classList.add("shown");
  }

  function count() {
    const kinds = asked.map(({ line }) => line.dataset.kind);
    const number = (kind) => kinds.filter((k) => k === kind).length;
    score.textContent = say("score", {
      right: number("right"),
      wrong: number("wrong"),
      open: kinds.filter((k) => k === undefined || k === "unreadable").length,
    });
  }

  const sheet = button("worksheet", worksheet, { "aria-pressed": "false" });

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
      const given = make("p", {}, ...[sign && math(sign), say("given")].filter(Boolean));
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

  function math(part) {
    const found = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
    found.append(part.cloneNode(true));
    return found;
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

  // What if: the equations once more, in floats, with other numbers

  const source = document.getElementById("live");
  const live = source ? JSON.parse(source.textContent) : null;
  const flag = (truth) => (truth ? 1 : 0);
  const operations = {
    "+": (...x) => x.reduce((a, b) => a + b),
    "-": (...x) => x.reduce((a, b) => a - b),
    "*": (...x) => x.reduce((a, b) => a * b),
    "/": (a, b) => a / b,
    "^": (a, b) => a ** b,
    neg: (a) => -a,
    ">": (a, b) => flag(a > b),
    "<": (a, b) => flag(a < b),
    ">=": (a, b) => flag(a >= b),
    "<=": (a, b) => flag(a <= b),
    "==": (a, b) => flag(a === b),
    "!=": (a, b) => flag(a !== b),
    exp: Math.exp,
    log: Math.log,
    sqrt: Math.sqrt,
    tanh: Math.tanh,
    max: Math.max,
    min: Math.min,
  };

  function worth(tree, known) {
    if (typeof tree === "number") return tree;
    if (typeof tree === "string") return known.has(tree) ? known.get(tree) : NaN;
    const [operation, ...parts] = tree;
    return operations[operation](...parts.map((part) => worth(part, known)));
  }

  function workedOut(given) {
    const known = new Map(given);
    for (const [name, tree] of live.lines) known.set(name, worth(tree, known));
    return known;
  }

  function whatIf() {
    const was = live.given.map(([name, tree]) => [name, worth(tree, new Map())]);
    const before = workedOut(was);
    const fields = was.map(([name, value], i) => {
      const sign = document.createElementNS("http://www.w3.org/1998/Math/MathML", "math");
      sign.innerHTML = live.given[i][2];
      const field = make("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        value: spelled(value),
        size: "7",
      });
      field.addEventListener("input", change);
      return { name, value, field, label: make("label", {}, sign, " = ", field) };
    });
    const reset = button("reset", () => {
      for (const { field, value } of fields) field.value = spelled(value);
      change();
    });
    const form = make("fieldset", {}, make("legend", {}, say("what-if")));
    form.append(...fields.map(({ label }) => label), reset, make("p", {}, say("floats")));

    function change() {
      const typed = fields.map(({ name, field, value }) => {
        const number = field.value.trim() === "" ? value : typedIn(field.value);
        field.setAttribute("aria-invalid", String(Number.isNaN(number)));
        return [name, field.value === spelled(value) ? value : number];
      });
      const after = workedOut(typed);
      for (const old of all(".instead")) old.remove();
      for (const [name, shown] of values) {
        const [one, other] = [before.get(name), after.get(name)];
        const moved = other !== undefined && !(Math.abs(one - other) <= 1e-12 * Math.abs(one));
        for (const value of shown) {
          value.classList.toggle("replaced", moved);
          if (!moved || value.matches(".also")) continue;
          value.after(make("span", { class: "instead" }, " ", float(other)));
        }
      }
    }
    return form;
  }

  function float(number) {
    if (!Number.isFinite(number)) return Number.isNaN(number) ? "?" : number > 0 ? "∞" : "−∞";
    return spelled(Number(number.toPrecision(6))).replace("-", "−").replace("e−", "e-");
  }

  function spelled(number) {
    return String(number).replace(".", point);
  }

  function typedIn(text) {
    const number = parsed(text);
    return number ? Number(number.n) / Number(number.d) : NaN;
  }

  let form = null;
  const supposing = button(
    "what-if",
    () => {
      const on = document.body.classList.toggle("supposing");
      supposing.setAttribute("aria-pressed", String(on));
      if (on) {
        form = whatIf();
        document.querySelector("main").before(form);
        form.querySelector("input").focus();
      } else {
        form.remove();
        for (const old of all(".instead")) old.remove();
        mark("replaced", []);
      }
    },
    { "aria-pressed": "false" },
  );

  // The controls

  if (!steps.length) return;
  const bar = make(
    "nav",
    { class: "controls", "aria-label": say("controls") },
    ...[stepping, previous, next, where, sheet, score, tracing],
    ...(live && live.lines.some(([name]) => values.has(name)) ? [supposing] : []),
  );
  document.body.insertBefore(bar, document.querySelector("main"));
  document.body.append(panel);
  go(-1);
  score.hidden = true;
})();
