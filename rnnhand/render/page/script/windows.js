// Windows that slide over a matrix: convolution, pooling, and what leads back from them. A sequence
// is a column, or a row; a size, a stride or a padding is one number, or two: down and along.

const ONE = scalar(1);
const NONE = scalar(0);

function pair({ entries }, sequence, across) {
  if (sequence) return sequence === "down" ? [entries[0], across] : [across, entries[0]];
  return [entries[0], entries[entries.length - 1]];
}

function sequenceOf(...parts) {
  return parts.every(({ columns }) => columns === 1) ? "down" : "along";
}

// Every window, row by row, with the places of the matrix under it: in it, and in the window.
function windowsOver({ rows, columns }, size, stride, padding) {
  const count = [rows, columns].map((n, i) =>
    Math.floor((n + 2 * padding[i] - size[i]) / stride[i]) + 1);
  const found = [];
  for (let i = 0; i < count[0]; i++)
    for (let j = 0; j < count[1]; j++) {
      const under = [];
      for (let a = 0; a < size[0]; a++)
        for (let b = 0; b < size[1]; b++) {
          const row = i * stride[0] + a - padding[0];
          const column = j * stride[1] + b - padding[1];
          if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
          under.push({ entry: row * columns + column, place: a * size[1] + b });
        }
      found.push(under);
    }
  return { count, found };
}

function eachWindow(x, size, stride, padding, value) {
  const { count, found } = windowsOver(x, size, stride, padding);
  return matrix(count[0], count[1], found.map(value));
}

const convolution = (sequence) => (x, k, stride = ONE, padding = NONE) => {
  const along = sequence && sequenceOf(x, k);
  const term = ({ entry, place }) => x.entries[entry] * k.entries[place];
  const size = [k.rows, k.columns];
  return eachWindow(x, size, pair(stride, along, 1), pair(padding, along, 0), (under) =>
    under.map(term).reduce(add, 0));
};

const pooling = (sequence, value) => (x, size, stride = size, padding = NONE) => {
  const along = sequence && sequenceOf(x);
  const own = pair(size, along, 1);
  const gathered = (under) => value(under.map(({ entry }) => x.entries[entry]), own[0] * own[1]);
  return eachWindow(x, own, pair(stride, along, 1), pair(padding, along, 0), gathered);
};

const largest = (entries) => entries.reduce(larger);
const average = (entries, count) => entries.reduce(add, 0) / count;

// Where the largest entry under a window is: the first of several, or the last.
function wayOf(x, under, last) {
  const order = last ? [...under].reverse() : under;
  const most = largest(order.map(({ entry }) => x.entries[entry]));
  return order.find(({ entry }) => x.entries[entry] === most)?.entry;
}

const unpooling = (last) => (g, x, size, stride = size, padding = NONE) => {
  const entries = x.entries.map(() => 0);
  const { found } = windowsOver(x, pair(size), pair(stride), pair(padding));
  for (const [i, under] of found.entries()) {
    const way = wayOf(x, under, last);
    if (way === undefined) return matrix(x.rows, x.columns, entries.map(() => NaN));
    entries[way] += g.entries[i];
  }
  return matrix(x.rows, x.columns, entries);
};

Object.assign(operations, {
  conv2d: convolution(false),
  conv1d: convolution(true),
  max_pool2d: pooling(false, largest),
  max_pool1d: pooling(true, largest),
  avg_pool2d: pooling(false, average),
  avg_pool1d: pooling(true, average),
  flip: (a) => matrix(a.rows, a.columns, [...a.entries].reverse()),
  dilate: (a, apart, { entries: [rows] }, { entries: [columns] }) => {
    const [down, along] = pair(apart);
    const whole = (i, j) => i % down === 0 && j % along === 0;
    const inside = (i, j) => i / down < a.rows && j / along < a.columns;
    const entry = (i, j) => (whole(i, j) && inside(i, j) ? at(a, i / down, j / along) : 0);
    return built(rows, columns, entry);
  },
  unpool: unpooling(false),
  unpool_last: unpooling(true),
  pick: (d, x, size, stride = size, padding = NONE) =>
    eachWindow(x, pair(size), pair(stride), pair(padding), (under) =>
      d.entries[wayOf(x, under, false)] ?? NaN),
});
