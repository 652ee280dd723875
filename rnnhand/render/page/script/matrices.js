// Matrices in floats, row by row: {rows, columns, entries}. A number is 1×1, a vector a column.
// Where there is no value, as that of 1/0, there is NaN.

const matrix = (rows, columns, entries) => ({ rows, columns, entries });
const scalar = (x) => matrix(1, 1, [x]);
const isScalar = ({ rows, columns }) => rows === 1 && columns === 1;
const isLike = (a, b) => a.rows === b.rows && a.columns === b.columns;
const add = (a, b) => a + b;
const larger = (a, b) => (a < b ? b : a);
const smaller = (a, b) => (b < a ? b : a);
const flag = (truth) => (truth ? 1 : 0);

function built(rows, columns, entry) {
  const entries = [];
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) entries.push(entry(i, j));
  return matrix(rows, columns, entries);
}

const at = (a, i, j) => a.entries[i * a.columns + j];
const rowsOf = (a) =>
  Array.from({ length: a.rows }, (_, i) => a.entries.slice(i * a.columns, (i + 1) * a.columns));

// Element by element: a number spreads over every shape, a vector of n over the rows of N×n.

function spreadsOverRows(vector, batch) {
  const long = vector.entries.length === batch.columns && batch.columns > 1;
  return long && (vector.rows === 1 || vector.columns === 1) && !isLike(vector, batch);
}

function wider(a, b) {
  if (isLike(a, b) || isScalar(b)) return a;
  return isScalar(a) || spreadsOverRows(a, b) ? b : a;
}

function spread(a, shape) {
  if (isLike(a, shape)) return a;
  const { rows, columns } = shape;
  return built(rows, columns, isScalar(a) ? () => a.entries[0] : (i, j) => a.entries[j]);
}

function byElement(f, args) {
  const shape = args.reduce(wider);
  const parts = args.map((arg) => spread(arg, shape).entries);
  const { rows, columns } = shape;
  return matrix(rows, columns, shape.entries.map((_, i) => f(...parts.map((part) => part[i]))));
}

const elementwise = (f) => (...args) => byElement(f, args);
const leftToRight = (f) => (...args) => args.reduce((a, b) => byElement(f, [a, b]));
const total = (a) => a.entries.reduce(add);
const length = (a) => Math.sqrt(a.entries.reduce((sum, x) => sum + x * x, 0));

function product(a, b) {
  return built(a.rows, b.columns, (i, j) => {
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += at(a, i, k) * at(b, k, j);
    return sum;
  });
}

function beside(...parts) {
  const rows = parts.map(rowsOf);
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const line = (_, i) => rows.flatMap((part) => part[i]);
  return matrix(parts[0].rows, columns, rows[0].flatMap(line));
}

function softmax(a) {
  const entries = (a.columns === 1 ? [a.entries] : rowsOf(a)).flatMap((row) => {
    const top = row.reduce(larger);
    const powers = row.map((x) => Math.exp(x - top));
    const sum = powers.reduce(add);
    return powers.map((x) => x / sum);
  });
  return matrix(a.rows, a.columns, entries);
}

function unit(a) {
  const by = length(a);
  return by === 0 ? a : matrix(a.rows, a.columns, a.entries.map((x) => x / by));
}

// 1 at the first entry than which there is no better one, 0 elsewhere.
function first(a, better) {
  const best = a.entries.indexOf(a.entries.reduce(better));
  return matrix(a.rows, a.columns, a.entries.map((_, i) => flag(i === best)));
}

function oneHot(classes, { entries: [n] }) {
  const entries = classes.entries.flatMap((k) =>
    Array.from({ length: n }, (_, i) => (k >= 1 && k <= n && k % 1 === 0 ? flag(k === i + 1) : NaN)));
  return isScalar(classes) ? matrix(n, 1, entries) : matrix(classes.rows, n, entries);
}

function power(x, y) {
  if (x === 0 && y < 0) return NaN;
  return x < 0 && y % 1 !== 0 ? NaN : x ** y;
}

const best = (better) => (...args) =>
  args.length > 1 ? byElement(better, args) : scalar(args[0].entries.reduce(better));

// Sizes, such as those of `fill`, come as numbers like every other argument.
const operations = {
  "+": leftToRight(add),
  "-": leftToRight((a, b) => a - b),
  "*": leftToRight((a, b) => a * b),
  "/": elementwise((a, b) => (b === 0 ? NaN : a / b)),
  "^": elementwise(power),
  neg: elementwise((a) => -a),
  ">": elementwise((a, b) => flag(a > b)),
  "<": elementwise((a, b) => flag(a < b)),
  ">=": elementwise((a, b) => flag(a >= b)),
  "<=": elementwise((a, b) => flag(a <= b)),
  "==": elementwise((a, b) => flag(a === b)),
  "!=": elementwise((a, b) => flag(a !== b)),
  "@": product,
  T: (a) => built(a.columns, a.rows, (i, j) => at(a, j, i)),
  ";": (...parts) => {
    const entries = parts.flatMap((part) => part.entries);
    return matrix(entries.length / parts[0].columns, parts[0].columns, entries);
  },
  ",": beside,
  exp: elementwise(Math.exp),
  log: elementwise((x) => (x > 0 ? Math.log(x) : NaN)),
  sqrt: elementwise(Math.sqrt),
  tanh: elementwise(Math.tanh),
  max: best(larger),
  min: best(smaller),
  sum: (a) => scalar(total(a)),
  mean: (a) => scalar(total(a) / a.entries.length),
  norm2: (a) => scalar(length(a)),
  softmax,
  unit,
  first_max: (a) => first(a, larger),
  first_min: (a) => first(a, smaller),
  one_hot: oneHot,
  fill: (a, { entries: [m] }, { entries: [n] }) => built(m, n, () => a.entries[0]),
  sum_rows: (a) => built(a.columns, 1, (j) => rowsOf(a).reduce((sum, row) => sum + row[j], 0)),
  flatten: (a) => matrix(a.entries.length, 1, a.entries),
  reshape: (a, { entries: [m] }, { entries: [n] }) => matrix(m, n, a.entries),
  rows: (a, { entries: [from] }, { entries: [to] }) =>
    matrix(to - from + 1, a.columns, a.entries.slice((from - 1) * a.columns, to * a.columns)),
  columns: (a, { entries: [from] }, { entries: [to] }) =>
    built(a.rows, to - from + 1, (i, j) => at(a, i, from - 1 + j)),
  diag: (a) => {
    const n = a.entries.length;
    return built(n, n, (i, j) => (i === j ? a.entries[i] : 0));
  },
};

// A tree is a number, a name, or an operation with what it is applied to; `functions` are those of
// the page's own equations, each with its parameters and its value.

function worth(tree, known, functions) {
  if (typeof tree === "number") return scalar(tree);
  if (typeof tree === "string") return known.get(tree) || scalar(NaN);
  const [name, ...parts] = tree;
  const args = parts.map((part) => worth(part, known, functions));
  if (!Object.hasOwn(functions, name)) return operations[name](...args);
  const [parameters, value] = functions[name];
  return byElement((...numbers) => {
    const own = new Map(parameters.map((parameter, i) => [parameter, scalar(numbers[i])]));
    return worth(value, own, functions).entries[0];
  }, args);
}

// Every name with its value, from some values that are given.
function workedOut({ lines, functions }, given) {
  const known = new Map(given);
  for (const [name, tree] of lines) known.set(name, worth(tree, known, functions));
  return known;
}
