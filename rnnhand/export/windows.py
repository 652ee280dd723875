"""Convolution and pooling in the numerical libraries, as helpers of exported programs."""

from __future__ import annotations

CONVOLVE = '''
def convolve(x, k, stride, padding):
    """The sum of x*k in every window of x, without turning k; zeros around x."""
    x = {m}.pad(x, [(p, p) for p in padding])
    rows, columns = [(n - m)//s + 1 for n, m, s in zip(x.shape, k.shape, stride)]
    down, along = stride
    return sum(
        k[a, b]*x[a : a + (rows - 1)*down + 1 : down, b : b + (columns - 1)*along + 1 : along]
        for a in range(k.shape[0])
        for b in range(k.shape[1])
    )
'''
MAX_POOL = '''
def max_pool(x, size, stride, padding):
    """The largest entry of every window of x; where several tie, the first has the slope."""
    x = {m}.pad(x, [(p, p) for p in padding], constant_values=-{m}.inf)
    rows, columns = [(n - m)//s + 1 for n, m, s in zip(x.shape, size, stride)]
    down, along = stride
    parts = {m}.stack([
        x[a : a + (rows - 1)*down + 1 : down, b : b + (columns - 1)*along + 1 : along]
        for a in range(size[0])
        for b in range(size[1])
    ])
    return {m}.take_along_axis(parts, {m}.argmax(parts, axis=0)[None], axis=0)[0]
'''
FLIP = '''
def flip(x):
    """x turned by half a circle."""
    return {m}.flip(x, (0, 1))
'''

TORCH_WINDOWS = {
    "convolve": '''
def convolve(x, k, stride, padding):
    """The sum of x*k in every window of x, without turning k; zeros around x."""
    return torch.nn.functional.conv2d(x[None, None], k[None, None], None, stride, padding)[0, 0]
''',
    "max_pool": '''
def max_pool(x, size, stride, padding):
    """The largest entry of every window of x; where several tie, the first has the slope."""
    down, along = padding
    x = torch.nn.functional.pad(x, (along, along, down, down), value=-float("inf"))
    return torch.nn.functional.max_pool2d(x[None, None], size, stride)[0, 0]
''',
}

BACKWARD = {
    "dilate": '''
def dilate(x, apart, shape):
    """x in zeros of a shape, its entries so many rows and columns apart."""
    found = np.zeros(shape)
    found[: x.shape[0]*apart[0] : apart[0], : x.shape[1]*apart[1] : apart[1]] = x
    return found
''',
    "unpool": '''
def unpool(g, x, size, stride, padding):
    """Every entry of g at the first largest entry of its window of x."""
    x = np.pad(x, [(p, p) for p in padding], constant_values=-np.inf)
    found = np.zeros(x.shape)
    for i, j in np.ndindex(g.shape):
        down, along = i*stride[0], j*stride[1]
        window = x[down : down + size[0], along : along + size[1]]
        a, b = np.unravel_index(np.argmax(window), size)
        found[down + a, along + b] += g[i, j]
    rows, columns = [n - 2*p for n, p in zip(x.shape, padding)]
    return found[padding[0] : padding[0] + rows, padding[1] : padding[1] + columns]
''',
}
"""What the adjoint equations need, for a library that does not differentiate by itself."""


def windows(m: str) -> dict[str, str]:
    """Helpers in terms of array operations that NumPy and its likes have."""
    return {
        "convolve": CONVOLVE.replace("{m}", m),
        "max_pool": MAX_POOL.replace("{m}", m),
        "flip": FLIP.replace("{m}", m),
    }
