// What the other parts work with: texts, which come from `labels`, elements, and names.

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

function inMath(tag, attributes, ...children) {
  const found = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  found.append(...children);
  return found;
}

// What the page says about every name: the lines that make it, its values, its uses.

const steps = all(".step");
const makers = new Map();
const values = new Map();
const uses = new Map();
const note = (map, name, thing) => {
  const known = map.get(name) || [];
  if (!known.includes(thing)) map.set(name, [...known, thing]);
};
for (const step of steps) {
  if (step.dataset.name) note(makers, step.dataset.name, step);
  for (const ref of all(".form [data-ref]", step)) note(uses, ref.dataset.ref, step);
}
for (const value of all(".value[data-of]")) {
  note(values, value.dataset.of, value);
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
